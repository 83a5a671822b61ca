import type { z } from "../contract/schema.ts";
import { isTypeId, isTypePattern } from "../contract/typeIds/typeIdKind.ts";
import { nearest } from "../errors.ts";
import type { Complaint } from "./configProblems.ts";
import type { configSchema } from "./configSchema.ts";
import type { Route } from "./routeSchema.ts";

/** The hooks of a host, by name: rules can match those of mode `route`. */
export type KnownHooks = ReadonlyMap<string, { readonly mode: string }>;

/** What is wrong with rules that are well formed: two of one name, instances or hooks that do not exist. */
export function routeProblems(config: z.output<typeof configSchema> | undefined, hooks: KnownHooks | undefined): Complaint[] {
  if (!config) return [];
  const ids = new Set(config.enabled_plugins.map(({ id, plugin_id }) => id ?? plugin_id));
  const names = new Map<string, number>();
  return config.routes.flatMap((route, index): Complaint[] => {
    const before = names.get(route.name);
    names.set(route.name, index);
    const twice =
      before === undefined
        ? []
        : [
            {
              message: `Two routes are called "${route.name}": give one of them a name of its own.`,
              path: ["routes", index, "name"],
              of: "value" as const,
            },
          ];
    const unknown = usesOf(route).flatMap(({ use, path }) =>
      use.flatMap((id, place) => useProblem(id, ids, ["routes", index, ...path, place])),
    );
    const misspelt = (route.match.hook ?? []).flatMap((hook, place) =>
      hooks ? hookProblem(hook, hooks, ["routes", index, "match", "hook", place]) : [],
    );
    return [...twice, ...misspelt, ...unknown];
  });
}

function hookProblem(hook: string, hooks: KnownHooks, path: (string | number)[]): Complaint[] {
  const found = hooks.get(hook);
  if (found?.mode === "route") return [];
  const routed = [...hooks].flatMap(([name, { mode }]) => (mode === "route" ? [name] : []));
  const near = nearest(hook, routed);
  const hint = near ? `did you mean "${near}"?` : `these are: ${routed.join(", ")}.`;
  const what = found
    ? `The hook "${hook}" is not routed, so the route can never match`
    : `There is no hook "${hook}" for the route`;
  return [{ message: `${what}: ${hint}`, path, of: "value" }];
}

function usesOf({ use, split, rollout }: Route): { use: readonly string[]; path: (string | number)[] }[] {
  const arms = (split?.arms ?? []).map((arm, index) => ({ use: arm.use, path: ["split", "arms", index, "use"] }));
  return [
    ...(use ? [{ use, path: ["use"] }] : []),
    ...arms,
    ...(rollout ? [{ use: rollout.use, path: ["rollout", "use"] }] : []),
  ];
}

function useProblem(id: string, ids: ReadonlySet<string>, path: (string | number)[]): Complaint[] {
  if (ids.has(id)) return [];
  if (!id.startsWith("gts.")) return [unknownInstance(id, ids, path)];
  if (isTypePattern(id) || isTypeId(id)) return [];
  return [{ message: `"${id}" is no pattern of type ids: docs/type-ids.md has the grammar.`, path, of: "value" }];
}

function unknownInstance(id: string, ids: ReadonlySet<string>, path: (string | number)[]): Complaint {
  const near = nearest(id, ids);
  const hint = near ? `did you mean "${near}"?` : `enabled_plugins has ${[...ids].join(", ") || "none"}.`;
  return { message: `There is no instance "${id}" for the route: ${hint}`, path, of: "value" };
}

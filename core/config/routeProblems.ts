import type { z } from "../contract/schema.ts";
import { isTypeId, isTypePattern } from "../contract/typeIds/typeIdKind.ts";
import { nearest } from "../errors.ts";
import type { Complaint } from "./configProblems.ts";
import type { configSchema } from "./configSchema.ts";
import type { Route } from "./routeSchema.ts";

/** What is wrong with rules that are well formed: two of one name, or instances that do not exist. */
export function routeProblems(config: z.output<typeof configSchema> | undefined): Complaint[] {
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
    return [...twice, ...unknown];
  });
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

import fc from "fast-check";
import { expect, test } from "vitest";
import { orderByDependencies } from "../../core/plugins/dependencies.ts";
import type { FoundPlugin } from "../../core/plugins/discover.ts";
import { checkManifest } from "../../core/plugins/readManifest.ts";

function plugin(plugin_id: string, dependencies: string[] = [], version?: string): FoundPlugin {
  const { manifest } = checkManifest({ plugin_id, channel_type: "sms", version, dependencies }, { file: plugin_id });
  return {
    plugin_id,
    channel_type: "sms",
    manifest,
    kind: "folder",
    folder: `/plugins/${plugin_id}`,
    boundary: "/plugins",
    warnings: [],
  };
}

function ids(plugins: readonly FoundPlugin[]): string[] {
  return plugins.map(({ plugin_id }) => plugin_id);
}

function sentences(plugins: readonly FoundPlugin[]): Record<string, string> {
  return Object.fromEntries(
    orderByDependencies(plugins).problems.map(({ plugin_id, error }) => [String(plugin_id), error.message]),
  );
}

test("a dependency comes before its dependents, all else keeps its place", () => {
  const { order, problems } = orderByDependencies([
    plugin("a", ["c"]),
    plugin("b"),
    plugin("c", ["d@*"]),
    plugin("d"),
    plugin("e"),
  ]);

  expect(ids(order)).toEqual(["d", "c", "a", "b", "e"]);
  expect(problems).toEqual([]);
});

test("a missing dependency leaves out its dependent and what needs that, nothing else", () => {
  const plugins = [plugin("a", ["b"]), plugin("b", ["gone@^2", "lost"]), plugin("c")];

  const { order, problems } = orderByDependencies(plugins);

  expect(ids(order)).toEqual(["c"]);
  expect(problems.map(({ path, plugin_id, error }) => ({ path, plugin_id, code: error.code }))).toEqual([
    { path: "/plugins/a", plugin_id: "a", code: "dependency_missing" },
    { path: "/plugins/b", plugin_id: "b", code: "dependency_missing" },
  ]);
  expect(sentences(plugins).a).toContain("a needs b, which cannot be loaded itself");
  expect(sentences(plugins).b).toContain("b needs gone@^2, which no plugin path has; and lost, which no plugin path has");
});

test("a dependency out of range names both versions", () => {
  expect(sentences([plugin("a", ["b@^2.0"]), plugin("b", [], "1.4.0")]).a).toContain("a needs b@^2.0, and there is 1.4.0");
  expect(sentences([plugin("a", ["b@^2.0"]), plugin("b")]).a).toContain("a needs b@^2.0, and its manifest says no version");
  expect(sentences([plugin("a", ["b@^2.0"]), plugin("b", [], "2.1.0")])).toEqual({});
  expect(sentences([plugin("a", ["b"]), plugin("b", [], "0.1.0-beta.1")])).toEqual({});
});

test("a circle is named whole in each of its members, and what hangs on it is missing its dependency", () => {
  const plugins = [plugin("free"), plugin("a", ["b"]), plugin("b", ["c"]), plugin("c", ["a", "free"]), plugin("d", ["c"])];

  const { order, problems } = orderByDependencies(plugins);

  expect(ids(order)).toEqual(["free"]);
  expect(problems.map(({ error }) => error.code)).toEqual([
    "dependency_cycle",
    "dependency_cycle",
    "dependency_cycle",
    "dependency_missing",
  ]);
  expect(sentences(plugins)).toMatchObject({
    a: expect.stringContaining("a → b → c → a"),
    b: expect.stringContaining("b → c → a → b"),
    c: expect.stringContaining("c → a → b → c"),
    d: expect.stringContaining("d needs c, which cannot be loaded itself"),
  });
});

test("a plugin that needs itself is a circle of one", () => {
  expect(sentences([plugin("a", ["a"]), plugin("b")])).toEqual({ a: expect.stringContaining("a → a") });
});

test("a chain of 5,000 plugins is ordered", () => {
  const chain = Array.from({ length: 5_000 }, (_, index) => plugin(`p${index}`, index === 4_999 ? [] : [`p${index + 1}`]));

  const { order } = orderByDependencies(chain);

  expect(ids(order)).toEqual(ids(chain).reverse());
});

const graphs = fc.array(fc.array(fc.nat({ max: 11 }), { maxLength: 3 }), { maxLength: 12 }).map((edges) =>
  edges.map((needs, index) =>
    plugin(
      `p${index}`,
      [...new Set(needs)].map((to) => `p${to}`),
    ),
  ),
);

test("property: what is ordered has all its dependencies before it, and every plugin is ordered or a problem", () => {
  fc.assert(
    fc.property(graphs, (plugins) => {
      const { order, problems } = orderByDependencies(plugins);
      const before = new Set<string>();
      for (const { plugin_id, manifest } of order) {
        for (const needed of manifest.dependencies ?? []) expect(before).toContain(needed.plugin_id);
        before.add(plugin_id);
      }
      expect([...ids(order), ...problems.map(({ plugin_id }) => plugin_id)].sort()).toEqual(ids(plugins).sort());
    }),
  );
});

test("property: a plugin is left out only for a circle or for a dependency that is left out or missing", () => {
  fc.assert(
    fc.property(graphs, (plugins) => {
      const { order, problems } = orderByDependencies(plugins);
      const ordered = new Set(ids(order));
      for (const { plugin_id, error } of problems) {
        const needs = plugins.find((one) => one.plugin_id === plugin_id)?.manifest.dependencies ?? [];
        if (error.code === "dependency_cycle") expect(canReach(plugins, String(plugin_id), String(plugin_id))).toBe(true);
        else expect(needs.some((needed) => !ordered.has(needed.plugin_id))).toBe(true);
      }
    }),
  );
});

test("property: an order that is right already stays as it is, and the order is settled at once", () => {
  fc.assert(
    fc.property(graphs, (plugins) => {
      const { order } = orderByDependencies(plugins);

      expect(ids(orderByDependencies(order).order)).toEqual(ids(order));
    }),
  );
});

test("property: plugins that have nothing to do with each other keep their order", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat({ max: 50 })), (numbers) => {
      const plugins = numbers.map((number) => plugin(`p${number}`));

      expect(orderByDependencies(plugins).order).toEqual(plugins);
    }),
  );
});

function canReach(plugins: readonly FoundPlugin[], from: string, to: string, seen = new Set<string>()): boolean {
  const needs = plugins.find(({ plugin_id }) => plugin_id === from)?.manifest.dependencies ?? [];
  return needs.some(({ plugin_id }) => {
    if (plugin_id === to) return true;
    if (seen.has(plugin_id)) return false;
    seen.add(plugin_id);
    return canReach(plugins, plugin_id, to, seen);
  });
}

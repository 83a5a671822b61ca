import fc from "fast-check";
import { expect, test } from "vitest";
import { HooklineError } from "../../core/errors.ts";
import { createHooks } from "../../core/hooks/createHooks.ts";

const names = ["a", "b", "c", "d", "e", "f"];
const someNames = fc.subarray(names, { maxLength: 2 });
const placement = fc.record({
  tryFirst: fc.boolean(),
  tryLast: fc.boolean(),
  before: someNames,
  after: someNames,
  wrapper: fc.boolean(),
});
const plugins = fc.uniqueArray(fc.record({ name: fc.constantFrom(...names), placement }), { selector: ({ name }) => name });

type Plugin = {
  name: string;
  placement: { tryFirst: boolean; tryLast: boolean; before: string[]; after: string[]; wrapper: boolean };
};

/** Registers each one that does not close a cycle; returns those, and the order of the calls. */
function registered(all: readonly Plugin[]) {
  const hooks = createHooks({ greet: { mode: "collect" } });
  const accepted = all.filter(({ name, placement }) => {
    try {
      const { wrapper, ...rest } = placement;
      const handler = (_request: unknown, next: () => unknown[] | Promise<unknown[]>) => next();
      const greet = wrapper ? { ...rest, wrapper: true as const, handler } : { ...rest, handler: () => name };
      return hooks.register({ name, hooks: { greet } });
    } catch (error) {
      if (HooklineError.is(error) && error.code === "order_cycle") return false;
      throw error;
    }
  });
  return { hooks, accepted, order: hooks.describe().greet.implementations.map(({ plugin }) => plugin) };
}

test("the order holds everybody once, and honours every before and after", () => {
  fc.assert(
    fc.property(plugins, (all) => {
      const { accepted, order } = registered(all);

      expect([...order].sort()).toEqual(accepted.map(({ name }) => name).sort());
      for (const { name, placement } of accepted) {
        const ofMyKind = accepted.filter((other) => other.placement.wrapper === placement.wrapper).map((other) => other.name);
        for (const later of placement.before.filter((other) => ofMyKind.includes(other))) {
          expect(order.indexOf(name)).toBeLessThan(order.indexOf(later));
        }
        for (const earlier of placement.after.filter((other) => ofMyKind.includes(other))) {
          expect(order.indexOf(earlier)).toBeLessThan(order.indexOf(name));
        }
      }
    }),
  );
});

test("wrappers always stand before the implementations", () => {
  fc.assert(
    fc.property(plugins, (all) => {
      const { hooks } = registered(all);

      const kinds = hooks.describe().greet.implementations.map(({ wrapper }) => wrapper);

      expect(kinds).toEqual([...kinds].sort((a, b) => Number(b) - Number(a)));
    }),
  );
});

test("without before and after the last registered is called first, between those that try to be first and last", () => {
  const free = plugins.map((all) =>
    all.map(({ name, placement }) => ({ name, placement: { ...placement, before: [], after: [] } })),
  );
  fc.assert(
    fc.property(free, (all) => {
      const { order } = registered(all);

      const rank = ({ placement: { wrapper, tryFirst, tryLast } }: Plugin) =>
        (wrapper ? 0 : 10) + (tryLast ? 2 : tryFirst ? 0 : 1);
      const plain = all.filter(({ placement }) => !(placement.tryFirst && placement.tryLast));
      const wanted = plain
        .map((plugin, index) => ({ plugin, index }))
        .sort((a, b) => rank(a.plugin) - rank(b.plugin) || (a.plugin.placement.tryLast ? a.index - b.index : b.index - a.index))
        .map(({ plugin }) => plugin.name);
      // pluggy lets one that tries to be both stand by its own rules; the recorded vectors hold those.
      if (plain.length === all.length) expect(order).toEqual(wanted);
    }),
  );
});

test("a call without some plugins keeps the order of the others", () => {
  fc.assert(
    fc.property(plugins, fc.subarray(names), (all, without) => {
      const { hooks, accepted } = registered(
        all.map(({ name, placement }) => ({ name, placement: { ...placement, wrapper: false } })),
      );

      const [complete, partial] = [hooks.call("greet", {}), hooks.call("greet", {}, { without })];

      expect(partial).toEqual([complete].flat().filter((name) => !without.includes(String(name))));
      expect(accepted.length).toBe([complete].flat().length);
    }),
  );
});

test("replacing a plugin by itself, or arranging everybody as they are, changes no order", () => {
  fc.assert(
    fc.property(plugins, (all) => {
      const { hooks, accepted, order } = registered(all);

      for (const { name } of accepted) hooks.replace(name, hooks.getPlugin(name) ?? { hooks: {} });
      hooks.arrange(accepted.map(({ name }) => name));

      expect(hooks.describe().greet.implementations.map(({ plugin }) => plugin)).toEqual(order);
    }),
  );
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createHost, type Outcome } from "../../core/index.ts";
import { createFakeClock } from "../support/fakeClock.ts";
import { openOn } from "../support/plugins.ts";
import { scripted } from "../support/scripted.ts";
import { answering, createWorkspace } from "../support/workspace.ts";

const keys = Array.from({ length: 100_000 }, (_, index) => `user-${index}`);
const message = (user: string) => ({ channel: "chat", to: "anna", content: "hello", context: { user } });

/** A host with these rules; it needs no answers, for `explain` says who would be asked. */
async function routing(routes: readonly object[]) {
  const plugins = ["a", "b", "c"].map((id) => scripted(id).plugin);
  const host = await openOn(createFakeClock(), {
    plugins,
    config: { enabled_plugins: plugins.map(({ manifest }) => ({ plugin_id: manifest?.plugin_id })), routes },
  });
  return (user: string) => host.explain("send_message", message(user)).chat?.instances[0];
}

const split = (weights: Record<string, number>, name = "ab") => ({
  name,
  split: { by: "context.user", arms: Object.entries(weights).map(([id, weight]) => ({ name: `arm-${id}`, weight, use: [id] })) },
});
const rollout = (percent: number) => ({ name: "new", rollout: { by: "context.user", percent, use: ["c"] } });

test.each([[{ a: 90, b: 10 }], [{ a: 1, b: 1, c: 1 }], [{ a: 0.005, b: 0.995 }]])(
  "100,000 keys fall to the arms within 1 %% of the weights: %j",
  async (weights: Record<string, number>) => {
    const instanceOf = await routing([split(weights)]);
    const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);

    const counts: Record<string, number> = {};
    for (const key of keys) {
      const id = instanceOf(key) ?? "nobody";
      counts[id] = (counts[id] ?? 0) + 1;
    }

    for (const [id, weight] of Object.entries(weights)) {
      expect(Math.abs((counts[id] ?? 0) / keys.length - weight / total)).toBeLessThan(0.01);
    }
  },
  30_000,
);

test("the same key lands on the same arm in every host", async () => {
  const [one, other] = [await routing([split({ a: 50, b: 50 })]), await routing([split({ a: 50, b: 50 })])];

  const few = keys.slice(0, 5_000);

  expect(few.map(one)).toEqual(few.map(other));
});

// Written down once: when these change, every user of everybody's experiment changes sides at the next update.
test("the same key lands on the same arm after every restart", async () => {
  const instanceOf = await routing([split({ a: 50, b: 30, c: 20 })]);

  expect(keys.slice(0, 20).map(instanceOf).join("")).toBe("aaacbbabccababacbbaa");
});

test("another route deals the same keys anew", async () => {
  const [one, other] = [await routing([split({ a: 1, b: 1 })]), await routing([split({ a: 1, b: 1 }, "another")])];

  const few = keys.slice(0, 5_000);
  const same = few.filter((key) => one(key) === other(key)).length;

  expect(Math.abs(same / few.length - 0.5)).toBeLessThan(0.03);
});

test("raising a rollout from 5 to 50 % moves nobody out, and both shares are right within 1 %", async () => {
  const [few, many] = [await routing([rollout(5)]), await routing([rollout(50)])];

  const before = keys.filter((key) => few(key) === "c");
  const after = new Set(keys.filter((key) => many(key) === "c"));

  expect(before.filter((key) => !after.has(key))).toEqual([]);
  expect(Math.abs(before.length / keys.length - 0.05)).toBeLessThan(0.01);
  expect(Math.abs(after.size / keys.length - 0.5)).toBeLessThan(0.01);
}, 30_000);

test("taking weight from an arm moves only who leaves it", async () => {
  const [before, after] = [await routing([split({ a: 90, b: 10 })]), await routing([split({ a: 60, b: 40 })])];

  const moved = keys.slice(0, 10_000).filter((key) => before(key) !== after(key));

  expect(new Set(moved.map(before))).toEqual(new Set(["a"]));
});

test("changing the weights in the file while calls run fails no call and takes effect with the next", async () => {
  const space = await createWorkspace();
  await space.plugin("a", answering("a"));
  await space.plugin("b", answering("b"));
  const configure = (a: number, b: number) =>
    space.write(
      "hookline.yml",
      `plugin_paths: [./plugins]
enabled_plugins: [{ plugin_id: a }, { plugin_id: b }]
routes:
  - name: ab
    split:
      by: context.user
      arms: [{ name: a, weight: ${a}, use: [a] }, { name: b, weight: ${b}, use: [b] }]
`,
    );
  await configure(1, 0);
  const host = await createHost({ config: space.config, logger: false, environment: {} });
  const epoch = () => host.status().epoch;
  const changed = host.once("config_changed");
  const outcomes: { epoch: number; outcome: Outcome }[] = [];
  let isOver = false;
  const calling = (async () => {
    for (let index = 0; !isOver; index++) {
      const from = epoch();
      outcomes.push({ epoch: from, outcome: await host.call("send_message", message(`user-${index}`)) });
      if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const first = epoch();

  await configure(0, 1);
  await changed;
  const next = await host.call("send_message", message("user-1"));
  isOver = true;
  await calling;
  await host.close();

  expect(next).toMatchObject({ status: "ok", route: { arm: "b", instance: "b" } });
  expect(new Set(outcomes.map(({ outcome }) => outcome.status))).toEqual(new Set(["ok"]));
  for (const { epoch: from, outcome } of outcomes) if (from !== first) expect(outcome.route.arm).toBe("b");
  expect(outcomes[0]?.outcome.route.arm).toBe("a");
});

test("no choice hangs on chance", () => {
  for (const file of ["selectInstances", "matchRoute", "buckets"]) {
    expect(readFileSync(new URL(`../../core/gateway/${file}.ts`, import.meta.url), "utf8")).not.toContain("random");
  }
});

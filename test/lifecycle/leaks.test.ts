import { expect, test } from "vitest";
import { createLeakWatch } from "../../core/lifecycle/leaks.ts";
import { createWorkspace, moduleOf } from "../support/workspace.ts";

test("three reloads in a row that leave one more behind are a leak, said once", () => {
  const counts = [1, 2, 3, 4, 5];
  const watch = createLeakWatch(() => new Map([["Timeout", counts.shift() ?? 0]]));

  const said = [1, 2, 3, 4, 5].map(() => watch.look("one"));

  expect(said.map((text) => text !== undefined)).toEqual([false, false, false, true, false]);
  expect(said[3]).toMatch(/^one: each of its last 3 reloads left something behind \(Timeout\)/);
});

test("what comes and goes is none", () => {
  const counts = [1, 2, 3, 2, 3, 4, 3];
  const watch = createLeakWatch(() => new Map([["TCPSocketWrap", counts.shift() ?? 0]]));

  expect([1, 2, 3, 4, 5, 6, 7].map(() => watch.look("one"))).toEqual(Array(7).fill(undefined));
});

test("a plugin whose generations leave a timer behind is named in a warning", async () => {
  const place = await createWorkspace();
  await place.plugin(
    "leaky",
    moduleOf(
      "(() => { const timer = setInterval(() => {}, 60_000); (globalThis.hooklineTimers ??= []).push(timer); return {}; })()",
    ),
  );
  await place.configure("plugin_id: leaky");
  const host = await place.open({ watch: false });
  const warned = host.once("warning");

  for (let n = 0; n < 5; n++) {
    const disposed = host.once("disposed");
    await host.reload("leaky");
    await disposed;
  }

  expect(await warned).toMatchObject({ instance: "leaky", message: expect.stringContaining("Timeout") });
  for (const timer of Reflect.get(globalThis, "hooklineTimers")) clearInterval(timer);
});

import { setImmediate as turn } from "node:timers/promises";
import { createHost, type Host } from "../../core/index.ts";
import { manifestOf, pluginOfOneFile } from "./pluginCode.ts";
import type { BenchResult } from "./report.ts";
import { median, quantile, rounded } from "./statistics.ts";
import { createWorkspace } from "./workspace.ts";

const goal = 100;

/** How long it takes from a save of the YAML with other weights to the first call that goes the other way, while calls run without pause. */
export async function weightChange({ changes = 40 } = {}): Promise<BenchResult> {
  const place = createWorkspace();
  for (const id of ["one", "two"]) {
    place.write(`plugins/${id}/manifest.yml`, manifestOf(id));
    place.write(`plugins/${id}/index.ts`, pluginOfOneFile(0));
  }
  place.write("hookline.yml", configWith(100, 0));
  const host = await createHost({ config: place.path("hookline.yml"), logger: false });
  const times: number[] = [];
  const calls = { all: 0, failed: 0 };
  try {
    for (let change = 1; change <= changes; change++) {
      const quietUntil = performance.now() + 50 + 100 * Math.random();
      await callUntil(host, calls, () => performance.now() > quietUntil);
      const arm = change % 2 === 1 ? "b" : "a";
      const saved = performance.now();
      place.write("hookline.yml", arm === "a" ? configWith(100, 0) : configWith(0, 100));
      await callUntil(host, calls, (answeredBy) => answeredBy === arm);
      times.push(performance.now() - saved);
    }
  } finally {
    await host.close();
    place.close();
  }
  const worst = Math.max(...times);
  return {
    title: "Gateway: other weights in the YAML, from the save to the first call that goes by them, in milliseconds",
    rows: [
      {
        changes: times.length,
        p50: rounded(median(times)),
        p99: rounded(quantile(times, 0.99)),
        worst: rounded(worst),
        goal: `≤ ${goal}${worst <= goal ? " met" : " missed"}`,
        calls: calls.all,
        "calls failed": calls.failed,
      },
    ],
  };
}

async function callUntil(
  host: Host,
  calls: { all: number; failed: number },
  isOver: (arm: string | undefined) => boolean,
): Promise<void> {
  for (;;) {
    const context = { user_id: String(calls.all) };
    const { status, route } = await host.call("send_message", { channel: "chat", to: "anna", content: "hello", context });
    calls.all += 1;
    if (status !== "ok") calls.failed += 1;
    if (isOver(route.arm)) return;
    await turn();
  }
}

function configWith(a: number, b: number): string {
  const arms = `[{ name: a, weight: ${a}, use: [one] }, { name: b, weight: ${b}, use: [two] }]`;
  return [
    "plugin_paths: [./plugins]",
    "enabled_plugins: [{ plugin_id: one }, { plugin_id: two }]",
    `routes: [{ name: ab, split: { by: context.user_id, arms: ${arms} } }]`,
    "",
  ].join("\n");
}

// The whole story in ten seconds: `npm run demo`. Calls run without pause while a plugin is edited, broken, mended, its settings
// changed, its folder removed and put back. It prints a timeline, the calls made and lost, and how long each change took.
// expect: lost 0
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate, setTimeout } from "node:timers/promises";
import { createHost } from "hookline";

const folder = await mkdtemp(join(tmpdir(), "hookline-demo-"));
const main = join(folder, "plugins", "main_chat");
const code = (version: string): string => `
import { definePlugin } from "hookline";
export default definePlugin({
  setup: ({ config }) => ({ send_message: async () => ({ message_id: \`${version}, \${config.greeting}\` }) }),
});`;
const configuration = (greeting: string): string => `
plugin_paths: [./plugins]
enabled_plugins:
  - { plugin_id: main_chat, priority: 1, config: { greeting: ${greeting} } }
  - { plugin_id: spare_chat, priority: 2, config: { greeting: spare } }
`;
await plugin("main_chat", "version 1");
await plugin("spare_chat", "version 1");
await writeFile(join(folder, "hookline.yml"), configuration("hello"));

const host = await createHost({ config: join(folder, "hookline.yml"), logger: false });
const began = performance.now();
const answered: Record<string, number> = {};
const latencies: [string, number][] = [];
let made = 0;
let lost = 0;
let isOver = false;
let lastAnswer = "";
const waiting: { wanted: (answer: string) => boolean; seen: () => void }[] = [];

for (const name of ["loaded", "reloaded", "reload_failed", "removed", "config_changed"] as const) {
  host.on(name, (event) =>
    tell(
      `  ${name}${"instance" in event ? ` ${event.instance}` : ""}${"error" in event ? `: ${event.error.message.split("\n")[0]}` : ""}`,
    ),
  );
}

const callers = Array.from({ length: 4 }, async () => {
  while (!isOver) {
    made += 1;
    const outcome = await host.call("send_message", { channel: "chat", to: "anna", content: "hi" });
    if (outcome.status !== "ok") lost += 1;
    lastAnswer = outcome.value?.message_id ?? "";
    answered[lastAnswer] = (answered[lastAnswer] ?? 0) + 1;
    for (const [index, { wanted, seen }] of [...waiting.entries()].reverse()) {
      if (wanted(lastAnswer)) {
        waiting.splice(index, 1);
        seen();
      }
    }
    await setImmediate();
  }
});

tell(`calls run without pause in ${folder}`);
await change(
  "edit the plugin",
  () => writeFile(join(main, "index.ts"), code("version 2")),
  (answer) => answer.includes("main_chat:version 2"),
);
await change(
  "edit it again",
  () => writeFile(join(main, "index.ts"), code("version 3")),
  (answer) => answer.includes("version 3"),
);
await failing("break it (a syntax error)", () => writeFile(join(main, "index.ts"), "export default definePlugin({"));
await change(
  "mend it",
  () => writeFile(join(main, "index.ts"), code("version 4")),
  (answer) => answer.includes("version 4"),
);
await failing("break it (setup throws)", () =>
  writeFile(
    join(main, "index.ts"),
    code("v").replace("setup: (", "setup: () => { throw new Error('no credentials'); }, other: ("),
  ),
);
await change(
  "mend it",
  () => writeFile(join(main, "index.ts"), code("version 5")),
  (answer) => answer.includes("version 5"),
);
await change(
  "change its settings",
  () => writeFile(join(folder, "hookline.yml"), configuration("good morning")),
  (answer) => answer.includes("good morning"),
);
await change(
  "remove its folder",
  () => rename(main, join(folder, "away")),
  (answer) => answer.startsWith("spare_chat:"),
);
await change(
  "put it back",
  () => rename(join(folder, "away"), main),
  (answer) => answer.startsWith("main_chat:"),
);

isOver = true;
await Promise.all(callers);
await host.close();
await rm(folder, { recursive: true });

console.log("\nanswers");
for (const [answer, count] of Object.entries(answered)) console.log(`  ${String(count).padStart(7)}  ${answer}`);
console.log("\nfrom the change on the disk to the first answer of it");
for (const [what, ms] of latencies) console.log(`  ${ms.toFixed(1).padStart(7)} ms  ${what}`);
console.log(`\ncalls made ${made}, lost ${lost}`);
if (lost > 0) process.exitCode = 1;

/** Does it, and waits for the first answer that shows it. */
async function change(what: string, act: () => Promise<unknown>, wanted: (answer: string) => boolean): Promise<void> {
  await setTimeout(300);
  tell(what);
  await act();
  const start = performance.now();
  await new Promise<void>((seen) => waiting.push({ wanted, seen }));
  latencies.push([what, performance.now() - start]);
}

/** Does it, and waits until the host says that it refused it. */
async function failing(what: string, act: () => Promise<unknown>): Promise<void> {
  await setTimeout(300);
  tell(what);
  const refused = host.once("reload_failed");
  await act();
  await refused;
}

async function plugin(id: string, version: string): Promise<void> {
  await mkdir(join(folder, "plugins", id), { recursive: true });
  await writeFile(join(folder, "plugins", id, "manifest.yml"), `plugin_id: ${id}\nchannel_type: chat\nentry_point: index.ts\n`);
  await writeFile(join(folder, "plugins", id, "index.ts"), code(version));
}

function tell(what: string): void {
  console.log(`${(performance.now() - began).toFixed(0).padStart(6)} ms  ${what}`);
}

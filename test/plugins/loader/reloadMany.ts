import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLoader } from "../../../core/plugins/loader/createLoader.ts";

// Run by leak.test.ts in a process of its own, with --expose-gc: prints how many bytes of heap a reload leaves behind.

const folder = mkdtempSync(join(tmpdir(), "hookline-leak-"));
const accelerator = process.argv[2] === "oxc";
const hookline = { definePlugin: (plugin: { setup(): { work(): Promise<unknown> } }) => plugin };
const loader = await createLoader({ hostModules: { hookline }, accelerator });
let version = 0;

writeFileSync(
  join(folder, "helper.ts"),
  `import data from "./data.json"; export class Helper { #data = data; get data(): object { return this.#data; } }`,
);
writeFileSync(join(folder, "data.json"), `{ "list": [1, 2, 3] }`);
writeFileSync(join(folder, "old.cjs"), `exports.data = require("./data.json");`);
await reload(300);
const left = await measured(500);
// Tables that happened to grow in the first round do not grow in the second.
console.log(left <= 1024 ? left : await measured(500));
rmSync(folder, { recursive: true });

async function measured(times: number): Promise<number> {
  const before = heapInUse();
  await reload(times);
  return Math.round((heapInUse() - before) / times);
}

async function reload(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    version += 1;
    writeFileSync(join(folder, "index.ts"), source(version));
    const { exports } = await loader.load({ folder, entry: join(folder, "index.ts") });
    const plugin = exports.default as Parameters<typeof hookline.definePlugin>[0];
    await plugin.setup().work();
  }
}

function source(version: number): string {
  return `import { join } from "node:path"; import { definePlugin } from "hookline"; import { Helper } from "./helper"; import old from "./old.cjs";
    await null;
    export default definePlugin({ setup() { const helper: Helper = new Helper();
      return { async work(): Promise<unknown> { return [await import("./old.cjs"), helper.data, old, join("a", "${version}"), import.meta.url]; } }; } });`;
}

function heapInUse(): number {
  const collect: unknown = Reflect.get(globalThis, "gc");
  if (typeof collect !== "function") throw new Error("start it with --expose-gc");
  // Only a last-resort collection also empties V8's caches of compiled code.
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
  return process.memoryUsage().heapUsed;
}

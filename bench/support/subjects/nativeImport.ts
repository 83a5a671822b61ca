import { watch } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { serve } from "./serve.ts";

// What one writes by hand: fs.watch, then import() under a new address. It never lets an old module go.
const [folder = ".", name = "index.mjs"] = process.argv.slice(2);
const url = pathToFileURL(join(folder, name)).href;
let loads = 0;
let answer = (): number => 0;
watch(folder, (_, changed) => {
  if (changed === name) void load();
});
await load();
serve(() => answer());

async function load(): Promise<void> {
  const number = ++loads;
  const loaded: { answer?: () => number } = await import(`${url}?t=${number}`).catch(() => ({}));
  // A file that is half written loads as nothing; a later event brings the rest.
  if (loaded.answer && number === loads) answer = loaded.answer;
}

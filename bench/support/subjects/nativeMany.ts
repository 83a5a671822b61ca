import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// The least that can be: the modules of a folder, imported.
const [folder = ".", server = "./serveStart.ts"] = process.argv.slice(2);
const { serve }: typeof import("./serveCheckout.ts") = await import(server);
const names = readdirSync(join(folder, "plugins"));
const modules = await Promise.all(
  names.map((name): Promise<{ ask(): Versions }> => import(pathToFileURL(join(folder, "plugins", name)).href)),
);
type Versions = [low: number, high: number];

serve((_, plugin) => modules[plugin]?.ask());

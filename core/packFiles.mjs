// What the tarball of `hookline` holds besides its build lies at the root: `npm pack` takes no links, so it is copied for the time of packing.
import { cpSync, rmSync } from "node:fs";

const root = new URL("../", import.meta.url);
const core = new URL("./", import.meta.url);
const borrowed = {
  "README.md": "README.md",
  LICENSE: "LICENSE",
  docs: "docs",
  schemas: ["config/hookline.schema.json", "config/manifest.schema.json"],
};

for (const [name, from] of Object.entries(borrowed)) {
  rmSync(new URL(name, core), { recursive: true, force: true });
  if (process.argv.includes("--remove")) continue;
  if (typeof from === "string") cpSync(new URL(from, root), new URL(name, core), { recursive: true });
  else for (const file of from) cpSync(new URL(file, root), new URL(`${name}/${file.split("/").at(-1)}`, core));
}

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What one writes by hand: import() under a new address, for each file of the plugin. */
export async function open(folder: string, parts: string) {
  const names = Array.from({ length: Number(parts) }, (_, part) => `part${part}.mjs`);
  return {
    async reload(version: number) {
      writeFileSync(join(folder, "part0.mjs"), `export const version = ${version};\n`);
      const modules = await Promise.all(
        names.map((name): Promise<{ version: number }> => import(`${pathToFileURL(join(folder, name)).href}?t=${version}`)),
      );
      if (modules[0]?.version !== version) throw new Error(`version ${version} was imported, and ${modules[0]?.version} answers`);
    },
    async close() {},
  };
}

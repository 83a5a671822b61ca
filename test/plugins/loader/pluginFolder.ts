import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** A real folder of a plugin, gone when the test ends. */
export interface PluginFolder {
  path: string;
  write(name: string, text: string): Promise<string>;
}

/** Makes a folder with these files in it. */
export async function pluginFolder(files: Record<string, string>): Promise<PluginFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "hookline-loader-")));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  async function write(name: string, text: string): Promise<string> {
    const file = join(path, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  }
  for (const [name, text] of Object.entries(files)) await write(name, text);
  return { path, write };
}

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The hosts of plugins that the benches compare with, and what their hot reload needs. Exact, so that figures can be compared. */
export const peerVersions = {
  koishi: "4.18.11",
  "@koishijs/plugin-hmr": "1.2.9",
  moleculer: "0.15.2",
  hookable: "6.1.2",
  tapable: "2.3.4",
} as const;

// Apart from those of `peers.ts`: that folder takes out what it does not know.
const folder = join(import.meta.dirname, "..", ".peers", "hosts");

/** The folder whose node_modules hold them; installed on first use, and never by anybody's `npm ci`. */
export function peerHosts(): string {
  const isInstalled = Object.entries(peerVersions).every(([name, version]) => versionOf(name) === version);
  if (isInstalled) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies: peerVersions }));
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return folder;
}

/** The name and the version, as the tables say it. */
export function peerTitle(name: keyof typeof peerVersions): string {
  return `${name} ${peerVersions[name]}`;
}

function versionOf(name: string): string | undefined {
  const manifest = join(folder, "node_modules", name, "package.json");
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")).version : undefined;
}

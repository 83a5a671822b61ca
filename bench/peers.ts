import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

/** What the benches compare with, each at the version that the results were measured with. */
const versions = {
  "@novu/stateless": "0.24.2",
  "@upyo/core": "0.5.5",
  "@wordpress/hooks": "4.56.0",
  hookable: "6.1.2",
  "notifme-sdk": "1.16.25",
  tapable: "2.3.4",
} as const;

/** The name of a peer, as npm knows it. */
export type PeerName = keyof typeof versions;

const folder = join(import.meta.dirname, ".peers");

/** The module of a peer. Installs it into `bench/.peers` when it is not there yet: nobody's `npm ci` brings it. */
export async function peer<Module>(name: PeerName): Promise<Module> {
  if (!isInstalled(name)) await install(name);
  const { load }: { load(name: string): Promise<Module> } = await import(pathToFileURL(join(folder, "load.mjs")).href);
  return load(name);
}

/** A peer with its version, as the tables name it. */
export function peerTitle(name: PeerName): string {
  return `${name} ${versions[name]}`;
}

function isInstalled(name: PeerName): boolean {
  const manifest = join(folder, "node_modules", name, "package.json");
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version === versions[name];
}

async function install(name: PeerName): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const manifest = join(folder, "package.json");
  if (!existsSync(manifest)) writeFileSync(manifest, JSON.stringify({ private: true, type: "module" }));
  // An import from in there finds the peers, by the conditions that an application's import would have.
  writeFileSync(join(folder, "load.mjs"), "export const load = (name) => import(name);\n");
  const flags = ["--save-exact", "--no-audit", "--no-fund"];
  await promisify(execFile)("npm", ["install", "--prefix", folder, ...flags, `${name}@${versions[name]}`], { cwd: folder });
}

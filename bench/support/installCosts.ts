import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { peerHosts, peerTitle } from "./peerHosts.ts";
import type { BenchResult } from "./report.ts";
import { rounded } from "./statistics.ts";

interface Installed {
  packages: number;
  bytes: number;
}

const core = join(import.meta.dirname, "..", "..", "core");

/** What `npm install` brings: of `hookline` from its own tarball, of the peers as the lock file of their folder has it. */
export function installCosts(): BenchResult {
  const peers = peerHosts();
  const ours = installHookline([]);
  const row = (what: string, { packages, bytes }: Installed) => ({
    what,
    packages,
    MB: rounded(bytes / 2 ** 20),
    "÷ hookline": rounded(bytes / ours.bytes),
  });
  return {
    title: "Install: what `npm install` brings",
    rows: [
      row("hookline", ours),
      row("hookline, --omit=optional", installHookline(["--omit=optional"])),
      row(peerTitle("hookable"), closureOf("hookable", peers)),
      row(peerTitle("tapable"), closureOf("tapable", peers)),
      row(peerTitle("moleculer"), closureOf("moleculer", peers)),
      row(
        `${peerTitle("koishi")} with ${peerTitle("@koishijs/plugin-hmr")}`,
        closureOf(["koishi", "@koishijs/plugin-hmr"], peers),
      ),
    ],
    notes: [
      "Packages count the named one; megabytes are the sizes of all files. Optional is the accelerator, oxc-transform with its binary: without it Babel, which jiti brings, compiles the plugins.",
    ],
  };
}

function installHookline(options: readonly string[]): Installed {
  const folder = mkdtempSync(join(tmpdir(), "hookline-install-"));
  const npm = (cwd: string, ...words: string[]) =>
    execFileSync("npm", words, { cwd, stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" });
  try {
    // The build is there already, and packing must not begin another one.
    npm(core, "pack", "--ignore-scripts", "--pack-destination", folder);
    const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
    npm(folder, "install", "--no-audit", "--no-fund", "--ignore-scripts", ...options, `./${tarball}`);
    return closureOf("hookline", folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface LockEntry {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

/** A package with everything that it needs, as it lies in a folder's node_modules. */
function closureOf(names: string | readonly string[], folder: string): Installed {
  const lock: { packages: Record<string, LockEntry> } = JSON.parse(
    readFileSync(join(folder, "node_modules", ".package-lock.json"), "utf8"),
  );
  const places = new Set<string>();
  for (const name of [names].flat()) add(name, "");
  return { packages: places.size, bytes: [...places].reduce((sum, place) => sum + sizeOf(join(folder, place)), 0) };

  function add(name: string, from: string): void {
    const place = placeOf(name, from);
    if (place === undefined || places.has(place)) return;
    places.add(place);
    const { dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta } = lock.packages[place] ?? {};
    const needed = Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta?.[peer]?.optional !== true);
    for (const dependency of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...needed]) add(dependency, place);
  }

  /** As Node looks for it: in the node_modules of each folder on the way up. */
  function placeOf(name: string, from: string): string | undefined {
    for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))) {
      const place = at === "" ? `node_modules/${name}` : `${at}/node_modules/${name}`;
      if (place in lock.packages) return place;
      if (at === "") return undefined;
    }
  }
}

/** Without the packages inside, which count by themselves. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? sum : sum + sizeOf(path);
    return sum + statSync(path).size;
  }, 0);
}

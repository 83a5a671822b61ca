// Builds core/dist with the workspace's TypeScript. It is JavaScript because without devDependencies Node may be one that reads no types.
import { spawnSync } from "node:child_process";
import { existsSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const core = dirname(fileURLToPath(import.meta.url));
const dist = join(core, "dist");
const fresh = join(core, ".dist-fresh");
const old = join(core, ".dist-old");

const compiler = typescript();
if (compiler === undefined) {
  console.warn("hookline: core/dist is not built, for TypeScript is not installed (npm ci without --omit=dev installs it).");
} else {
  build(compiler);
}

/** @param {string} tsc */
function build(tsc) {
  for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [tsc, "-p", join(core, "tsconfig.json"), "--outDir", fresh], {
    stdio: "inherit",
  });
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    process.exit(status ?? 1);
  }
  // A program that runs meanwhile must never find half a build.
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
}

function typescript() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  } catch {
    // Not installed: the caller says what to do.
    return undefined;
  }
}

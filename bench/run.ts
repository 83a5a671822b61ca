import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { machine } from "./support/machine.ts";
import { type BenchResult, toMarkdown } from "./support/report.ts";
import { readSections, writeSections } from "./support/resultsFile.ts";

type Bench = () => Promise<{ run(): Promise<BenchResult | BenchResult[]> }>;

// In the order of the results.
const benches: Readonly<Record<string, Bench>> = {
  engine: () => import("./engine.ts"),
  reload: () => import("./reload.ts"),
  load: () => import("./load.ts"),
  leak: () => import("./leak.ts"),
  scale: () => import("./scale.ts"),
  footprint: () => import("./footprint.ts"),
  gateway: () => import("./gateway.ts"),
  loader: () => import("./loader.ts"),
  watch: () => import("./watch.ts"),
  plugins: () => import("./plugins.ts"),
};

const file = join(import.meta.dirname, "RESULTS.md");
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in benches));

if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}`);
  process.exitCode = 2;
} else {
  // What is measured is what users get: the built package.
  execFileSync("npm", ["run", "build", "--silent"], { cwd: join(import.meta.dirname, ".."), stdio: "inherit" });
  for (const [name, load] of Object.entries(benches)) {
    if (asked.length === 0 || asked.includes(name)) await runOne(name, load);
  }
}

/** Runs one bench, prints what it found, and puts that into the results in place of what stood there. */
async function runOne(name: string, load: Bench): Promise<void> {
  const began = performance.now();
  try {
    const { run } = await load();
    const results = [await run()].flat().map(toMarkdown).join("\n\n");
    const seconds = Math.round((performance.now() - began) / 1_000);
    console.log(`\n${results}\n\n(${name}: ${seconds} s)`);
    const sections = readSections(file).set(
      name,
      `${results}\n\nMeasured by \`npm run bench -- ${name}\` on ${machine()}, in ${seconds} s.`,
    );
    writeFileSync(file, writeSections(sections, Object.keys(benches)));
  } catch (error) {
    console.error(`${name} ended early:`, error);
    process.exitCode = 1;
  }
}

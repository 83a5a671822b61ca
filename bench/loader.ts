import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createJiti } from "jiti";
import { createLoader } from "../core/plugins/loader/createLoader.ts";
import { type BenchResult, toMarkdown } from "./support/report.ts";
import { quantile, rounded } from "./support/statistics.ts";

interface Contender {
  name: string;
  files: number;
  load(entry: string, folder: string): Promise<unknown>;
  folder: string;
  first: number;
  times: number[];
  goal?: readonly [p50: number, p99: number];
}

/**
 * The loader alone, without watching and swapping: how long a load takes after one file of the plugin changed. The contenders take
 * turns of fifty loads (the slow ones of ten), so that a slow moment of the machine meets them all, and each collects its own garbage.
 */
export async function run({ turns = 6 } = {}): Promise<BenchResult> {
  const contenders = await openContenders();
  try {
    for (const contender of contenders) contender.first = await timed(contender);
    for (const contender of contenders) await takeTurn(contender, 0);
    for (const contender of contenders) contender.times = [];
    for (let turn = 1; turn <= turns; turn++) {
      for (const contender of contenders) await takeTurn(contender, turn);
    }
  } finally {
    for (const { folder } of contenders) rmSync(folder, { recursive: true, force: true });
  }
  return resultOf(contenders);
}

const loadsPerTurn = 50;

async function takeTurn(contender: Contender, turn: number): Promise<void> {
  const loads = contender.first > 100 ? loadsPerTurn / 5 : loadsPerTurn;
  for (let load = 0; load < loads; load++) {
    changeOne(contender, turn * loadsPerTurn + load + 1);
    contender.times.push(await timed(contender));
  }
}

async function openContenders(): Promise<Contender[]> {
  const oxc = await createLoader({ hostModules: {} });
  const babel = await createLoader({ hostModules: {}, accelerator: false });
  for (const loader of [oxc, babel]) await loader.warmUp();
  const jiti = createJiti(import.meta.url, { fsCache: false, moduleCache: false });
  let version = 0;
  const ways: Pick<Contender, "name" | "load">[] = [
    { name: `hookline, ${oxc.transformer}`, load: (entry, folder) => oxc.load({ folder, entry }) },
    { name: `hookline, ${babel.transformer}`, load: (entry, folder) => babel.load({ folder, entry }) },
    { name: "jiti.import, moduleCache: false", load: (entry) => jiti.import(entry) },
    {
      name: "import(?t=), entry only",
      load: (entry) => {
        version += 1;
        return import(`${pathToFileURL(entry).href}?t=${version}`);
      },
    },
  ];
  const open = (files: number) =>
    ways.map((way) => ({ ...way, files, folder: pluginFolder(files), first: 0, times: [], ...goalOf(way.name, files) }));
  return [...open(1), ...open(20)];
}

function goalOf(name: string, files: number): Pick<Contender, "goal"> {
  return name === "hookline, oxc" && files === 20 ? { goal: [1.5, 3] } : {};
}

async function timed({ load, folder }: Contender): Promise<number> {
  const start = performance.now();
  await load(join(folder, "index.ts"), folder);
  return performance.now() - start;
}

function pluginFolder(files: number): string {
  const folder = mkdtempSync(join(tmpdir(), "hookline-bench-"));
  for (let n = 1; n < files; n++) writeFileSync(join(folder, `part${n}.ts`), code(n, 0, n + 1 < files ? [n + 1] : []));
  writeEntry(folder, files, 0);
  return folder;
}

/** The entry in a plugin of one file, and for `import(?t=)`, which sees nothing else; a part in the middle otherwise. */
function changeOne({ folder, files, name }: Contender, round: number): void {
  if (files === 1 || name.startsWith("import(")) writeEntry(folder, files, round);
  else writeFileSync(join(folder, "part10.ts"), code(10, round, [11]));
}

function writeEntry(folder: string, files: number, round: number): void {
  writeFileSync(
    join(folder, "index.ts"),
    `${code(0, round, files > 1 ? [1] : [])}export default { setup: () => ({ send_message: send0 }) };\n`,
  );
}

/** Some fifty lines, as in a plugin: types, a class, functions, an object. */
function code(n: number, round: number, imports: readonly number[]): string {
  const entries = Array.from(
    { length: 20 },
    (_, index) => `  { code: ${index}, text: "message ${index} of ${n}", retry: ${index % 2 === 0} },`,
  );
  return `${imports.map((part) => `import { send${part} } from "./part${part}.ts";\n`).join("")}
interface Message${n} {
  to: string;
  text?: string;
}
type Known = { code: number; text: string; retry: boolean };
const known: Known[] = [
${entries.join("\n")}
];
export class Client${n} {
  #sent = ${round};
  readonly name: string = "client ${n}";
  async send(message: Message${n}): Promise<{ message_id: string }> {
    this.#sent += 1;
    const found = known.find((one: Known): boolean => one.code === this.#sent);
    if (found?.retry) {
      throw new Error(\`\${this.name}: \${found.text}\`);
    }
    return { message_id: \`\${message.to}-\${this.#sent}\` };
  }
}
export async function send${n}(message: Message${n}): Promise<{ message_id: string }> {
${imports.map((part) => `  if (message.text === undefined) return send${part}({ to: message.to, text: "" });\n`).join("")}  return new Client${n}().send(message);
}
`;
}

function resultOf(contenders: readonly Contender[]): BenchResult {
  return {
    title: "Loader alone: one file of the plugin changed, in milliseconds",
    rows: contenders.map(({ name, files, first, times, goal }) => {
      const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
      const native = contenders.find((other) => other.files === files && other.name.startsWith("import("));
      const met = goal && p50 <= goal[0] && p99 <= goal[1] ? " met" : " missed";
      return {
        files,
        what: name,
        loads: times.length,
        "first load": rounded(first),
        p50: rounded(p50),
        p99: rounded(p99),
        "÷ import(?t=)": rounded(p50 / quantile(native?.times ?? [], 0.5)),
        "goal p50 / p99": goal ? `${goal[0]} / ${goal[1]}${met}` : "",
      };
    }),
    notes: [
      "`first load` compiles every file, with the transformer warmed up.",
      "`import(?t=)` evaluates nothing but the entry anew: changed helpers stay stale, and every reload leaks. It is there as the floor.",
      "With Babel nearly all of the time goes into compiling the one changed file, synchronously.",
    ],
  };
}

if (import.meta.main) console.log(toMarkdown(await run()));

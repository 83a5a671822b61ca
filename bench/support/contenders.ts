import type { Contender } from "./contender.ts";
import { peerHosts, peerTitle } from "./peerHosts.ts";
import { configOf, entryOfManyFiles, manifestOf, partFile, pluginOfOneFile } from "./pluginCode.ts";
import { startSubject } from "./subject.ts";
import { createWorkspace, type Workspace } from "./workspace.ts";

/** Opens each contender of the reload bench. */
export const contenders: readonly (() => Promise<Contender>)[] = [
  rawEvent,
  nativeImport,
  () => hooklineOneFile("hookline, 1 file", {}, { goal: [3, 8] }),
  () => hooklineOneFile("hookline, 1 file, the next save at once", {}, { pause: 0 }),
  () => hooklineManyFiles("hookline, 20 files", {}, { goal: [13, 20] }),
  () => hooklineOneFile("hookline, 1 file, Babel only", { accelerator: false }, { goal: [18, 40] }),
  () => hooklineManyFiles("hookline, 20 files, Babel only", { accelerator: false }, { goal: [18, 40] }),
  hooklineSettings,
  () => koishi(`${peerTitle("koishi")}, 1 file`, koishiPlugin),
  () => koishi(`${peerTitle("koishi")}, 20 files`, koishiParts),
  koishiSettings,
  moleculer,
];

type More = Pick<Contender, "goal" | "share" | "pause">;

async function rawEvent(): Promise<Contender> {
  const place = createWorkspace();
  place.write("index.ts", pluginOfOneFile(0));
  const subject = await startSubject("rawEvent.ts", [place.folder]);
  return contender(
    "raw fs.watch event: the limit",
    place,
    subject,
    (version) => place.write("index.ts", pluginOfOneFile(version)),
    { isLimit: true },
  );
}

async function nativeImport(): Promise<Contender> {
  const place = createWorkspace();
  const module = (version: number) => `export const answer = () => ${version};\n`;
  place.write("index.mjs", module(0));
  const subject = await startSubject("nativeImport.ts", [place.folder]);
  return contender("fs.watch, then import(?t=), 1 file", place, subject, (version) => place.write("index.mjs", module(version)));
}

async function hooklineOneFile(name: string, settings: Record<string, unknown>, more: More): Promise<Contender> {
  const place = createWorkspace();
  place.write("plugins/one/manifest.yml", manifestOf("one"));
  place.write("plugins/one/index.ts", pluginOfOneFile(0));
  place.write("hookline.yml", configOf([{ plugin_id: "one" }], settings));
  const subject = await startSubject("hookline.ts", [place.path("hookline.yml")]);
  return contender(name, place, subject, (version) => place.write("plugins/one/index.ts", pluginOfOneFile(version)), more);
}

async function hooklineManyFiles(name: string, settings: Record<string, unknown>, more: More): Promise<Contender> {
  const place = createWorkspace();
  const parts = 19;
  place.write("plugins/many/manifest.yml", manifestOf("many"));
  place.write("plugins/many/index.ts", entryOfManyFiles(parts));
  for (let part = 0; part < parts; part++) place.write(`plugins/many/part${part}.ts`, partFile(0));
  place.write("hookline.yml", configOf([{ plugin_id: "many" }], settings));
  const subject = await startSubject("hookline.ts", [place.path("hookline.yml")]);
  return contender(name, place, subject, (version) => place.write("plugins/many/part7.ts", partFile(version)), more);
}

async function hooklineSettings(): Promise<Contender> {
  const place = createWorkspace();
  const config = (version: number) => configOf([{ plugin_id: "one", settings: { version } }]);
  place.write("plugins/one/manifest.yml", manifestOf("one"));
  place.write("plugins/one/index.ts", pluginOfOneFile(0));
  place.write("hookline.yml", config(0));
  const subject = await startSubject("hookline.ts", [place.path("hookline.yml")]);
  return contender(
    "hookline, settings only, in place",
    place,
    subject,
    (version) => place.write("hookline.yml", config(version)),
    { goal: [3, 8] },
  );
}

/** What a save writes: file and text. */
type Save = (version: number) => readonly [file: string, text: string];

const koishiPlugin: Save = (version) => [
  "plugins/one/index.js",
  `exports.apply = (ctx) => ctx.on("bench/ask/0", () => ${version});\n`,
];

const koishiParts: Save = (version) => ["plugins/one/part7.js", `exports.version = ${version};\n`];

async function koishi(name: string, save: Save): Promise<Contender> {
  const place = createWorkspace();
  const parts = Array.from({ length: 19 }, (_, part) => `require("./part${part}.js").version`).join(", ");
  for (let part = 0; part < 19; part++) place.write(`plugins/one/part${part}.js`, "exports.version = 0;\n");
  place.write(
    "plugins/one/index.js",
    `const versions = [${parts}];\nexports.apply = (ctx) => ctx.on("bench/ask/0", () => Math.max(...versions));\n`,
  );
  place.write(...save(0));
  place.write("koishi.yml", "plugins:\n  hmr: {}\n  ./plugins/one: {}\n");
  const subject = await startSubject("koishi.cjs", [peerHosts(), "koishi.yml"], { cwd: place.folder });
  return contender(name, place, subject, (version) => place.write(...save(version)), { share: 0.3 });
}

async function koishiSettings(): Promise<Contender> {
  const place = createWorkspace();
  const config = (version: number) => `plugins:\n  hmr: {}\n  ./plugins/one:one:\n    version: ${version}\n`;
  place.write("plugins/one/index.js", 'exports.apply = (ctx, config) => ctx.on("bench/ask/0", () => config.version);\n');
  place.write("koishi.yml", config(0));
  const subject = await startSubject("koishi.cjs", [peerHosts(), "koishi.yml"], { cwd: place.folder });
  return contender(
    `${peerTitle("koishi")}, settings only`,
    place,
    subject,
    (version) => place.write("koishi.yml", config(version)),
    {
      share: 0.2,
      pause: 300,
      patience: 500,
    },
  );
}

async function moleculer(): Promise<Contender> {
  const place = createWorkspace();
  const service = (version: number) => `module.exports = { name: "plugin0", actions: { ask: () => ${version} } };\n`;
  place.write("one.service.js", service(0));
  const subject = await startSubject("moleculer.cjs", [peerHosts(), place.folder], { cwd: place.folder });
  return contender(
    `${peerTitle("moleculer")}, 1 file`,
    place,
    subject,
    (version) => place.write("one.service.js", service(version)),
    {
      share: 0.2,
    },
  );
}

function contender(
  name: string,
  place: Workspace,
  subject: Contender["subject"],
  save: Contender["save"],
  more: Partial<Contender> = {},
): Contender {
  return {
    name,
    subject,
    save,
    ...more,
    async close() {
      await subject.close();
      place.close();
    },
  };
}

import type { FileText } from "./loadPlugins.ts";
import { configOf } from "./pluginCode.ts";

/** Many small plugins for one host: all their files at one version. A plugin answers with the lowest and the highest version of its files. */
export interface ManyPlugins {
  /** The plugins themselves. */
  files(plugins: number, parts: number, version: number): FileText[];
  /** What else the host needs, beside the plugins. */
  setting(plugins: number): FileText[];
}

/** Each a folder with manifest, entry and parts; each on a channel of its own. */
export const hooklineMany: ManyPlugins = {
  files: (plugins, parts, version) =>
    each(plugins).flatMap((plugin) => [
      [`plugins/p${plugin}/manifest.yml`, `plugin_id: p${plugin}\nchannel_type: c${plugin}\nentry_point: index.ts\n`],
      [
        `plugins/p${plugin}/index.ts`,
        `import { definePlugin } from "hookline";
${each(parts)
  .map((part) => `import { version as v${part} } from "./part${part}.ts";\n`)
  .join("")}
const versions: number[] = [${[version, ...each(parts).map((part) => `v${part}`)].join(", ")}];
const builds = (globalThis as { builds?: Record<number, number> }).builds;
if (builds) builds[${plugin}] = (builds[${plugin}] ?? 0) + 1;

export default definePlugin({
  setup: () => ({ send_message: () => ({ message_id: \`\${Math.min(...versions)} \${Math.max(...versions)}\` }) }),
});
`,
      ],
      ...each(parts).map(
        (part): FileText => [`plugins/p${plugin}/part${part}.ts`, `export const version: number = ${version};\n${filler}`],
      ),
    ]),
  setting: (plugins) => [["hookline.yml", configOf(each(plugins).map((plugin) => ({ plugin_id: `p${plugin}` })))]],
};

/** The same for Koishi: CommonJS. */
export const koishiMany: ManyPlugins = {
  files: (plugins, parts, version) =>
    each(plugins).flatMap((plugin) => [
      [
        `plugins/p${plugin}/index.js`,
        `${commonJs(plugin, parts, version, "./")}\nexports.apply = (ctx) => ctx.on("bench/ask/${plugin}", ask);\n`,
      ],
      ...commonJsParts(`plugins/p${plugin}`, parts, version),
    ]),
  setting: (plugins) => [
    [
      "koishi.yml",
      `plugins:\n  hmr: {}\n${each(plugins)
        .map((plugin) => `  ./plugins/p${plugin}:p${plugin}: {}\n`)
        .join("")}`,
    ],
  ],
};

/** The same for moleculer. */
export const moleculerMany: ManyPlugins = {
  files: (plugins, parts, version) =>
    each(plugins).flatMap((plugin) => [
      [
        `plugins/p${plugin}.service.js`,
        `${commonJs(plugin, parts, version, `./p${plugin}/`)}\nmodule.exports = { name: "plugin${plugin}", actions: { ask } };\n`,
      ],
      ...commonJsParts(`plugins/p${plugin}`, parts, version),
    ]),
  setting: () => [],
};

/** Modules that one imports by hand; nothing reloads them. */
export const nativeMany: ManyPlugins = {
  files: (plugins, _, version) =>
    each(plugins).map((plugin) => [`plugins/p${plugin}.mjs`, `export const ask = () => [${version}, ${version}];\n`]),
  setting: () => [],
};

function commonJs(plugin: number, parts: number, version: number, folder: string): string {
  return `const versions = [${[version, ...each(parts).map((part) => `require("${folder}part${part}.js").version`)].join(", ")}];
if (globalThis.builds) builds[${plugin}] = (builds[${plugin}] ?? 0) + 1;
const ask = () => [Math.min(...versions), Math.max(...versions)];`;
}

function commonJsParts(folder: string, parts: number, version: number): FileText[] {
  return each(parts).map((part) => [`${folder}/part${part}.js`, `exports.version = ${version};\n`]);
}

function each(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

const filler = `
export interface Options {
  retries?: number;
}

export function describe<T extends Options>({ retries = 3 }: T, names: readonly string[]): string[] {
  return names.map((name, index) => [name, index, retries].join("-"));
}
`;

import { configOf, manifestOf } from "./pluginCode.ts";

/** A file to write: its path in the workspace, and its text. */
export type FileText = readonly [file: string, text: string];

/** How one host's plugin for the load bench is written. */
export interface LoadPlugin {
  /** What is written once. */
  files: readonly FileText[];
  /** The one file that carries the version of the code. */
  version(version: number): FileText;
  /** The file that is broken when one is, as it is when it is whole; the version's own file unless given. */
  breaks?: FileText;
  /** The configuration that carries the version of the settings; undefined where settings do not reload. */
  settings?(version: number): FileText;
}

/** The ways in which a save can be broken: the text of the version's file. */
export const brokenVersions: readonly ((version: number) => string)[] = [
  (version) => `exports.version = ${version}; export const version = ${version}; {{{`,
  () => 'throw new Error("the top of the file throws");',
  () => 'require("./nowhere.js"); import "./nowhere.ts";',
  () => "",
];

/** Two plugins that share the file with the version: one answers, the other changes every request before and hears every outcome after. */
export const hooklinePlugins: LoadPlugin = {
  files: [
    ["plugins/one/manifest.yml", manifestOf("one")],
    ["plugins/guard/manifest.yml", manifestOf("guard", "none")],
    ["plugins/one/helper.ts", 'export { version as helped } from "../shared/version.ts";\n'],
    ["plugins/one/late.ts", 'import { version } from "../shared/version.ts";\nexport const late = version;\n'],
    ["plugins/one/index.ts", answering()],
    ["plugins/guard/index.ts", guarding()],
  ],
  version: (version) => ["plugins/shared/version.ts", `export const version: number = ${version};\n`],
  settings: (version) => [
    "hookline.yml",
    configOf([{ plugin_id: "guard" }, { plugin_id: "one", settings: { version } }], { rollback: { first_calls: 0 } }),
  ],
};

/** The same for Koishi, in what its hot reload can take: CommonJS. */
export const koishiPlugin: LoadPlugin = {
  files: [
    ["koishi.yml", "plugins:\n  hmr: {}\n  ./plugins/one: {}\n"],
    ...commonJsParts("plugins/one"),
    [
      "plugins/one/index.js",
      `${commonJsHandler()}
exports.apply = (ctx) => {
  const { ask, end } = open();
  ctx.on("bench/ask/0", ask);
  ctx.on("dispose", end);
};
`,
    ],
  ],
  version: (version) => ["plugins/one/version.js", `exports.version = ${version};\n`],
};

const service: FileText = [
  "one.service.js",
  `${commonJsHandler("./parts/")}
const { ask, end } = open();
module.exports = { name: "plugin0", actions: { ask }, stopped: end };
`,
];

/** The same for moleculer. A service that could not be loaded it tries again only when the service's own file changes. */
export const moleculerService: LoadPlugin = {
  files: [...commonJsParts("parts"), service],
  breaks: service,
  version: (version) => ["parts/version.js", `exports.version = ${version};\n`],
};

function answering(): string {
  return `import { setTimeout as pause } from "node:timers/promises";
import { definePlugin } from "hookline";
import { version } from "../shared/version.ts";
import { helped } from "./helper.ts";

const counts = globalThis.bench;

export default definePlugin({
  setup(context) {
    if (version === undefined) throw new Error("no version");
    const settings = context.config.version;
    let isDisposed = false;
    counts.setups += 1;
    context.onDispose(() => {
      isDisposed = true;
      counts.disposed += 1;
    });
    return {
      async send_message({ context: facts }) {
        const wasDisposed = isDisposed;
        await pause(4 * Math.random());
        const { late } = await import("./late.ts");
        if (wasDisposed || isDisposed) counts.usedAfterDispose += 1;
        return { message_id: JSON.stringify({ code: version, helper: helped, late, before: facts.version, settings }) };
      },
    };
  },
});
`;
}

function guarding(): string {
  return `import { definePlugin } from "hookline";
import { version } from "../shared/version.ts";

const counts = globalThis.bench;

export default definePlugin({
  setup(context) {
    if (version === undefined) throw new Error("no version");
    let isDisposed = false;
    counts.setups += 1;
    context.onDispose(() => {
      isDisposed = true;
      counts.disposed += 1;
    });
    return {
      async before_call({ hook, request, request_id }) {
        if (isDisposed) counts.usedAfterDispose += 1;
        return { hook, request_id, request: { ...request, context: { version } } };
      },
      after_call({ outcome }) {
        if (isDisposed) counts.usedAfterDispose += 1;
        if (!outcome.value?.message_id.includes(\`"before":\${version}\`)) counts.mixedAfter += 1;
      },
    };
  },
});
`;
}

function commonJsParts(folder: string): FileText[] {
  return [
    [`${folder}/helper.js`, 'exports.helped = require("./version.js").version;\n'],
    [`${folder}/late.js`, 'exports.late = require("./version.js").version;\n'],
  ];
}

function commonJsHandler(parts = "./"): string {
  return `const { setTimeout: pause } = require("node:timers/promises");
const { version } = require("${parts}version.js");
const { helped } = require("${parts}helper.js");
if (version === undefined) throw new Error("no version");

function open() {
  let isDisposed = false;
  bench.setups += 1;
  return {
    async ask() {
      const wasDisposed = isDisposed;
      await pause(4 * Math.random());
      const { late } = require("${parts}late.js");
      if (wasDisposed || isDisposed) bench.usedAfterDispose += 1;
      return { code: version, helper: helped, late };
    },
    end() {
      isDisposed = true;
      bench.disposed += 1;
    },
  };
}
`;
}

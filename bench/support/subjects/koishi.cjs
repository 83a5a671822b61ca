// Koishi as `koishi start` runs it (its loader, its YAML), with @koishijs/plugin-hmr. CommonJS, because its hot reload works on `require.cache`.
const { join } = require("node:path");

const [peers, config, server = "./serve.ts"] = process.argv.slice(2);
const { Logger } = require(join(peers, "node_modules", "koishi"));
const { default: Loader } = require(join(peers, "node_modules", "@koishijs", "loader"));

async function main() {
  const { serve } = await import(server);
  Logger.levels.base = Logger.SILENT;
  const loader = new Loader();
  await loader.init(config);
  await loader.readConfig(true);
  const app = await loader.createApp();
  await app.start();
  serve((_, plugin = 0) => app.bail(`bench/ask/${plugin}`));
}

void main();

// Moleculer with `hotReload: true`. CommonJS, because its hot reload walks the modules that the main module required.
const { join } = require("node:path");

const [peers, folder, server = "./serve.ts"] = process.argv.slice(2);
const { ServiceBroker } = require(join(peers, "node_modules", "moleculer"));

async function main() {
  const { serve } = await import(server);
  const broker = new ServiceBroker({ logger: false, hotReload: true });
  broker.loadServices(folder, "*.service.js");
  await broker.start();
  serve((_, plugin = 0) => broker.call(`plugin${plugin}.ask`).catch(() => undefined));
}

void main();

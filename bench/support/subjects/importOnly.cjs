// What one import costs a process that has nothing else. Arguments: the address of a module, or nothing to import nothing.
const [address = ""] = process.argv.slice(2);

async function main() {
  const before = process.memoryUsage();
  const began = performance.now();
  if (address !== "") await import(address);
  const ms = performance.now() - began;
  globalThis.gc({ type: "major", execution: "sync" });
  const after = process.memoryUsage();
  process.send({ ms, rss: after.rss - before.rss, heap: after.heapUsed - before.heapUsed, up: began + ms });
}

void main();

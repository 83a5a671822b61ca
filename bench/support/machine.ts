import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";

/** Where and when something was measured, in one line. */
export function machine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0] ?? 0;
  const date = new Date().toISOString().slice(0, 16).replace("T", " ");
  return `${date} UTC: ${cpu?.model.trim() ?? "unknown CPU"}, ${availableParallelism()} cores, ${memory} GB, ${type()} ${release()}, Node ${process.versions.node}, load ${load.toFixed(1)} at the end`;
}

import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

function inCore(file: string): string {
  return fileURLToPath(new URL(`./core/${file}`, import.meta.url));
}

export default defineConfig({
  resolve: {
    alias: [
      { find: /^hookline$/, replacement: inCore("index.ts") },
      { find: /^hookline\/testing$/, replacement: inCore("testing/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts", "plugins/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    pool: "forks",
    // Half of the time is waiting for processes and sockets: one worker for each core, not one less.
    maxWorkers: "100%",
  },
});

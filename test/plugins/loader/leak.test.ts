import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test.for(["oxc", "babel"])("500 reloads with %s leave nothing behind in the heap", { timeout: 120_000 }, async (transformer) => {
  const script = fileURLToPath(new URL("./reloadMany.ts", import.meta.url));

  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", "--no-warnings", script, transformer]);

  expect(Number(stdout)).toBeLessThanOrEqual(1024);
});

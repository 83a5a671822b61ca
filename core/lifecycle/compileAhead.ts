import { setImmediate as nextTurn } from "node:timers/promises";
import { inBackground, type World } from "./world.ts";

// How long it may go on within one turn, in milliseconds: calls wait meanwhile.
const slice = 3;

/** Compiles files whose change still waits for others. */
export interface CompileAhead {
  push(path: string): void;
  /** Leaves the rest to the build that begins now. */
  stop(): void;
}

/** Uses the time that a debounce waits: the build after it then finds most files compiled, and calls wait for a slice at most. */
export function createCompileAhead(world: World): CompileAhead {
  const paths = new Set<string>();
  let isRunning = false;

  return {
    push(path) {
      paths.add(path);
      if (!isRunning) inBackground(world, run());
    },
    stop: () => paths.clear(),
  };

  async function run(): Promise<void> {
    isRunning = true;
    try {
      const loader = await world.loader();
      while (paths.size > 0) {
        await nextTurn();
        const end = world.clock.now() + slice;
        for (const path of paths) {
          if (world.clock.now() >= end) break;
          paths.delete(path);
          loader.compileAhead(path);
        }
      }
    } finally {
      isRunning = false;
    }
  }
}

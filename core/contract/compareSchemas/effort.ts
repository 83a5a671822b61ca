/** How much a comparison may still do. What would go beyond is answered with "not known". */
export interface Effort {
  /** Runs one step; gives `otherwise` when all steps are used up or steps are nested too deeply. */
  step<T>(otherwise: T, run: () => T): T;
}

/** Makes an effort of so many steps. */
export function createEffort(steps: number, deepest = 300): Effort {
  let left = steps;
  let depth = 0;
  return {
    step(otherwise, run) {
      if (left <= 0 || depth >= deepest) return otherwise;
      left--;
      depth++;
      try {
        return run();
      } finally {
        depth--;
      }
    },
  };
}

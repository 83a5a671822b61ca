/** Who wants to hear of an abort. */
export interface AbortTarget {
  onAbort(signal: AbortSignal): void;
}

/** Watches signals with one listener each, however many calls share one; a signal that nobody watches has none. */
export interface AbortWatch {
  add(signal: AbortSignal, target: AbortTarget): void;
  remove(signal: AbortSignal, target: AbortTarget): void;
}

/** A watch of its own for each engine. */
export function createAbortWatch(): AbortWatch {
  const watched = new WeakMap<AbortSignal, { targets: Set<AbortTarget>; listener: () => void }>();

  return {
    add(signal, target) {
      const known = watched.get(signal);
      if (known) {
        known.targets.add(target);
        return;
      }
      const targets = new Set([target]);
      const listener = () => {
        watched.delete(signal);
        for (const each of targets) each.onAbort(signal);
      };
      signal.addEventListener("abort", listener, { once: true });
      watched.set(signal, { targets, listener });
    },
    remove(signal, target) {
      const known = watched.get(signal);
      if (!known?.targets.delete(target) || known.targets.size > 0) return;
      signal.removeEventListener("abort", known.listener);
      watched.delete(signal);
    },
  };
}

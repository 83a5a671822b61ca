import { setImmediate as nextTurn } from "node:timers/promises";

/** What the bench asks of a subject: to call until this version answers; with 0 to stop calling. */
export interface Order {
  until: number;
}

/** What a subject says: it is up; it has begun to call; the first call was answered by that version, at that time. */
export type Report = { ready: true } | { calling: number } | { live: number; at: string; calls: number; failed: number };

/**
 * The child's side of the reload bench: told a version, it calls without pause until that version answers, then says when.
 * `call` gives the version that answered, undefined when the call failed. Times are of the monotonic clock, which all processes share.
 */
export function serve(call: (until: number) => Promise<number | undefined> | number | undefined): void {
  const tell = (report: Report) => process.send?.(report);
  let wanted = 0;
  process.on("message", ({ until }: Order) => {
    wanted = until;
    if (until > 0) void callUntil(until);
  });
  process.on("disconnect", () => process.exit());
  tell({ ready: true });

  async function callUntil(until: number): Promise<void> {
    let failed = 0;
    let version = await call(until);
    tell({ calling: until });
    for (let calls = 1; wanted === until; calls++) {
      if (version === undefined) failed += 1;
      if (version === until) {
        tell({ live: until, at: String(process.hrtime.bigint()), calls, failed });
        return;
      }
      await nextTurn();
      version = await call(until);
    }
  }
}

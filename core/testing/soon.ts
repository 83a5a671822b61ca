import assert from "node:assert/strict";

/** Awaits what has to come by itself; gives up after five seconds with a sentence. */
export async function soon(promise: Promise<unknown> | undefined, otherwise: string): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new assert.AssertionError({ message: otherwise })), 5_000);
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

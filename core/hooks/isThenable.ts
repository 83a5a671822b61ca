/** True for a promise and for anything else that can be awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  const { then }: { then?: unknown } = value;
  return typeof then === "function";
}

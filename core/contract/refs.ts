import { HooklineError } from "../errors.ts";

/**
 * Takes the instance out of every ref (`instance:id`) that the request names at `paths`: the request with the platform's own
 * ids, and the instance. An id that only looks like a ref stays. Throws `invalid_request` when two instances are named.
 */
export function takeRefs<T>(
  request: T,
  paths: readonly string[],
  isInstance: (id: string) => boolean,
): { request: T; instance?: string } {
  let instance: string | undefined;
  const taken = replaceAt(request, paths, (value) => {
    const colon = value.indexOf(":");
    const owner = value.slice(0, colon);
    if (colon < 1 || !isInstance(owner)) return value;
    if (instance !== undefined && instance !== owner) {
      throw new HooklineError("invalid_request", {
        reason: `the request names things of two instances, ${instance} and ${owner}; make one call for each`,
      });
    }
    instance = owner;
    return value.slice(colon + 1);
  });
  return { request: taken, instance };
}

/** The answer with the ids at `paths` made refs of `instance`. */
export function giveRefs<T>(answer: T, paths: readonly string[], instance: string): T {
  return replaceAt(answer, paths, (value) => `${instance}:${value}`);
}

function replaceAt<T>(whole: T, paths: readonly string[], change: (value: string) => string): T {
  let value = whole;
  for (const path of paths) value = replaced(value, path, change);
  return value;
}

/** Copies only what changes. */
function replaced<T>(value: T, path: string, change: (value: string) => string): T {
  if (path === "") return (typeof value === "string" ? change(value) : value) as T;
  if (typeof value !== "object" || value === null) return value;
  const dot = path.indexOf(".");
  const step = dot < 0 ? path : path.slice(0, dot);
  const rest = dot < 0 ? "" : path.slice(dot + 1);
  const isList = step.endsWith("[]");
  const key = isList ? step.slice(0, -2) : step;
  const before: unknown = Reflect.get(value, key);
  if (before === undefined) return value;
  const after = isList && Array.isArray(before) ? replacedInList(before, rest, change) : replaced(before, rest, change);
  return after === before ? value : { ...value, [key]: after };
}

function replacedInList(list: readonly unknown[], path: string, change: (value: string) => string): readonly unknown[] {
  const after = list.map((one) => replaced(one, path, change));
  return after.some((one, index) => one !== list[index]) ? after : list;
}

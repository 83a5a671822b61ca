import { HooklineError } from "../errors.ts";
import type { HookSpec } from "./defineContract.ts";

/** Turns refs (`instance:id`) into the platform's own ids and back, where a hook's spec says that they are. */
export interface Refs {
  /**
   * The request with the platform's own ids, and the instance that its refs name. An id that only looks like a ref stays.
   * Throws `invalid_request` when two instances are named.
   */
  take<T>(request: T, spec: HookSpec, isInstance: (id: string) => boolean): { request: T; instance?: string };
  /** The answer with its ids made refs of `instance`. */
  give<T>(answer: T, spec: HookSpec, instance: string): T;
}

/** A parsed path: `to[].value` is the list `to`, then `value`. */
interface Path {
  key: string;
  isList: boolean;
  rest: Path | undefined;
}

/** Makes the refs of a host; they parse each path of a contract once. */
export function createRefs(): Refs {
  const parsed = new Map<string, Path>();

  function replaceAt<T>(whole: T, paths: readonly string[] = [], change: (value: string) => string): T {
    let value = whole;
    for (const path of paths) value = replaced(value, pathOf(path), change);
    return value;
  }

  function pathOf(text: string): Path {
    const known = parsed.get(text);
    if (known) return known;
    const path = text.split(".").reduceRight<Path | undefined>((rest, step) => {
      const isList = step.endsWith("[]");
      return { key: isList ? step.slice(0, -2) : step, isList, rest };
    }, undefined);
    const made = path ?? { key: text, isList: false, rest: undefined };
    parsed.set(text, made);
    return made;
  }

  return {
    take(request, { refs }, isInstance) {
      let instance: string | undefined;
      const taken = replaceAt(request, refs?.request, (value) => {
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
    },
    give: (answer, { refs }, instance) => replaceAt(answer, refs?.answer, (value) => `${instance}:${value}`),
  };
}

/** Copies only what changes. */
function replaced<T>(value: T, path: Path | undefined, change: (value: string) => string): T {
  if (path === undefined) return (typeof value === "string" ? change(value) : value) as T;
  if (typeof value !== "object" || value === null) return value;
  const { key, isList, rest } = path;
  const before: unknown = Reflect.get(value, key);
  if (before === undefined) return value;
  const after = isList && Array.isArray(before) ? replacedInList(before, rest, change) : replaced(before, rest, change);
  return after === before ? value : { ...value, [key]: after };
}

function replacedInList(list: readonly unknown[], path: Path | undefined, change: (value: string) => string): readonly unknown[] {
  const after = list.map((one) => replaced(one, path, change));
  return after.some((one, index) => one !== list[index]) ? after : list;
}

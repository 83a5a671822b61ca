import { createHash, randomBytes } from "node:crypto";

/**
 * The file name of any value: the value itself when that is harmless on every file system, else its readable part and a hash.
 * Two values never get one name, and none leaves its folder.
 */
export function nameFor(value: string): string {
  const harmless =
    /^[a-z0-9_+][a-z0-9_+@-]*(\.[a-z0-9_+@-]+)*$/.test(value) && value.length <= 80 && !reservedOnWindows.test(value);
  return harmless ? value : `${readablePart(value)}~${hash(value)}`;
}

const reservedOnWindows = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/;

/** True for what `nameFor` and `newId` make: only such a name becomes part of a path. */
export function isName(value: string): boolean {
  return /^[a-z0-9_+][a-z0-9_+@.~-]{0,99}$/.test(value);
}

/** A new id that a person can recognise: the same for the same key, without a key never the same. */
export function newId(readable: string, key?: string): string {
  return `${readablePart(readable)}~${key === undefined ? randomBytes(6).toString("hex") : `k${hash(key)}`}`;
}

/** A short fingerprint of a text. */
export function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}

function readablePart(value: string): string {
  const readable = value.toLowerCase().replace(/[^a-z0-9_@]+/g, "-");
  return readable.slice(0, 40).replace(/^[-@]+|-+$/g, "") || "x";
}

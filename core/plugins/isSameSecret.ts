import { createHash, timingSafeEqual } from "node:crypto";

/** Compares a signature or a token with the right one, in a time that says nothing about where they differ. */
export function isSameSecret(given: string | Uint8Array | undefined, right: string | Uint8Array): boolean {
  return given !== undefined && timingSafeEqual(digest(given), digest(right));
}

/** Of one length, whatever was given. */
function digest(value: string | Uint8Array): Buffer {
  return createHash("sha256").update(value).digest();
}

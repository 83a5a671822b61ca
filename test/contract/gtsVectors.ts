import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Answers recorded from the draft of GTS, beside the work tree of whoever has them. */
export interface GtsVectors {
  constants: { maxLength: number; uuidNamespace: string };
  ids: { id: string; valid: boolean; kind: string | null }[];
  match: { pattern: string; candidate: string; expected: boolean | "error" }[];
  parse: {
    id: string;
    isType: boolean;
    uuid?: string;
    typeId: string | null;
    segments: Record<string, string | number | boolean | null>[];
  }[];
  uuid: { id: string; uuid: string }[];
  compat: { name: string; old: unknown; new: unknown; backward: string; forward: string; full: string }[];
}

const file = fileURLToPath(new URL("../../../shared/vectors/gts.json", import.meta.url));

/** The vectors, or why they cannot be read: then that is printed, and the tests that need them are skipped. */
export function readGtsVectors(): { vectors: GtsVectors; absent: undefined } | { vectors: undefined; absent: string } {
  try {
    return { vectors: JSON.parse(readFileSync(file, "utf8")), absent: undefined };
  } catch (error) {
    const absent = `skipped, without a gts.json to compare with: ${error instanceof Error ? error.message : error}`;
    console.warn(absent);
    return { vectors: undefined, absent };
  }
}

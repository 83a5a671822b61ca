import { writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { now } from "./subject.ts";

/** Texts to save into one file, one after the other. */
export interface Saving {
  file: string;
  texts: readonly string[];
  /** Milliseconds between two of them. */
  apart: number;
}

// An editor in a process of its own: saves in place, and says when the last save began.
process.on("message", async ({ file, texts, apart }: Saving) => {
  let savedAt = 0;
  for (const [index, text] of texts.entries()) {
    if (index > 0) await pause(apart);
    savedAt = now();
    writeFileSync(file, text);
  }
  process.send?.(savedAt);
});

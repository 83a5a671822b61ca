import type { Subject } from "./subject.ts";

/** Something that reloads code, under test. */
export interface Contender {
  name: string;
  subject: Subject;
  /** Saves what makes this version, as an editor would. */
  save(version: number): void;
  /** Goals for p50 and p99, in milliseconds. */
  goal?: readonly [p50: number, p99: number];
  /** True for the raw event that all are compared with. */
  isLimit?: boolean;
  /** How many of the saves it gets: less than 1 for the slow ones. */
  share?: number;
  /** How long to wait before each save, in milliseconds, when not some 80. */
  pause?: number;
  /** After how many milliseconds a save counts as lost, when not ten seconds. */
  patience?: number;
  close(): Promise<void>;
}

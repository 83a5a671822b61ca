import { HooklineError } from "hookline";

const longestName = 100;

/** Refuses a name that Discord would. Throws `payload_too_large`. */
export function checkName(name: string): void {
  const { length } = [...name];
  if (length <= longestName) return;
  throw new HooklineError("payload_too_large", {
    reason: `the name has ${length} characters, and Discord takes ${longestName}; shorten it`,
  });
}

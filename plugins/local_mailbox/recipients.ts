import type { Recipient } from "hookline";

/** Why nobody can be reached under this name: one sentence; undefined when it is good. */
export function problemWith({ kind, value }: Recipient): string | undefined {
  const shown = JSON.stringify(value.slice(0, 60));
  if (/\p{Cc}/u.test(value) || value.trim() !== value) return `${shown} has control characters or spaces around it`;
  if (value.length > 320) return `${shown}… is longer than 320 characters`;
  if (kind === "email" && !/^[^\s@]+@[^\s@]+$/.test(value)) return `${shown} is no email address`;
  if (kind === "phone" && !/^\+?[0-9][0-9 ().-]{2,}$/.test(value)) return `${shown} is no phone number`;
  return undefined;
}

import { HooklineError } from "../../errors.ts";

/**
 * A name as one token of a type id. What is a token already stays (`twilio_sms`); every other character becomes `__HEX_`, its code
 * point, so that two names never become one token: `team-a` → `team__2d_a`. Throws `type_id_invalid` for an empty name.
 */
export function typeIdToken(name: string): string {
  if (name === "") throw new HooklineError("type_id_invalid", { reason: "An empty name cannot stand in a type id" });
  const characters = [...name];
  return characters
    .map((character, index) => (isPlain(character, index, characters[index + 1]) ? character : escaped(character)))
    .join("");
}

/** The name that `typeIdToken` made this token of. */
export function nameOfToken(token: string): string {
  return token.replace(/__([0-9a-f]+)_/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
}

function isPlain(character: string, index: number, next: string | undefined): boolean {
  // An underscore before anything but a letter or digit would run into the next escape.
  if (character === "_") return next === undefined || /[a-z0-9]/.test(next);
  return index === 0 ? /[a-z]/.test(character) : /[a-z0-9]/.test(character);
}

function escaped(character: string): string {
  return `__${character.codePointAt(0)?.toString(16)}_`;
}

import { inspect } from "node:util";
import { type ErrorDetails, HooklineError } from "../errors.ts";

/** Blanks every secret in a text. */
export type Redact = (text: string) => string;

// Shorter ones would blank half of every sentence.
const shortest = 4;
const deepest = 6;

/** Makes a redactor of secrets: in plain, base64, URL-encoded and JSON-escaped form. */
export function createRedactor(secrets: readonly string[]): Redact {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < shortest) continue;
    for (const form of formsOf(secret)) forms.add(form);
  }
  if (forms.size === 0) return (text) => text;
  // The longest first, so that a part of a secret is not blanked before the whole.
  const pattern = new RegExp(
    [...forms]
      .sort((a, b) => b.length - a.length)
      .map(escaped)
      .join("|"),
    "g",
  );
  return (text) => text.replace(pattern, "***");
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = bytes.toString("base64");
  // Inside a longer text, such as `user:password` of Basic, the same bytes stand at one of three offsets.
  const shifted = [1, 2].map((offset) => Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64"));
  const inner = [base64, ...shifted].map((form, offset) => form.replace(/=+$/, "").slice(offset === 0 ? 0 : offset + 1, -1));
  const json = JSON.stringify(secret).slice(1, -1);
  const plus = encodeURIComponent(secret).replace(/%20/g, "+");
  return [
    secret,
    json,
    encodeURIComponent(secret),
    plus,
    base64,
    base64.replace(/=+$/, ""),
    bytes.toString("base64url"),
    ...inner.filter((form) => form.length >= 8),
    ...inner.filter((form) => form.length >= 8).map((form) => form.replaceAll("+", "-").replaceAll("/", "_")),
  ];
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** A value without secrets: texts inside lists and objects too. What holds none is returned as it is. */
export function redactValue(value: unknown, redact: Redact, depth = 0): unknown {
  if (typeof value === "string") return redact(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > deepest) return shownWithout(value, redact);
  if (value instanceof Error) return redactError(value, redact, depth + 1);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, redact, depth + 1));
  const isPlain = Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null;
  if (!isPlain) return shownWithout(value, redact);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [redact(key), redactValue(item, redact, depth + 1)]));
}

/** What cannot be copied (a URL, a Map, an object of a class) as it is, or as a text when it shows a secret. */
function shownWithout(value: object, redact: Redact): unknown {
  const all = Number.POSITIVE_INFINITY;
  try {
    const shown = inspect(value, { depth: all, maxArrayLength: all, maxStringLength: all, breakLength: all });
    const clean = redact(shown);
    return clean === shown ? value : clean;
  } catch {
    // An object may bring its own code to show it, and that may throw: then nobody knows what is in it.
    return "***";
  }
}

/** An error without secrets in message, stack, details and all its causes. */
export function redactError<E extends Error>(error: E, redact: Redact, depth = 0): E {
  const cause = depth > deepest ? undefined : redactValue(error.cause, redact, depth + 1);
  const clean = HooklineError.is(error)
    ? new HooklineError(error.code, redactValue(error.details, redact) as ErrorDetails, { cause })
    : Object.assign(new Error(redact(error.message), { cause }), { name: error.name }, codeOf(error));
  clean.stack = redact(error.stack ?? "");
  // A HooklineError becomes one, every other error a plain one of the same name.
  return clean as Error as E;
}

function codeOf(error: Error): object {
  return "code" in error && typeof error.code === "string" ? { code: error.code } : {};
}

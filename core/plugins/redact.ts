/** Blanks every secret in a text. */
export type Redact = (text: string) => string;

// Shorter ones would blank half of every sentence.
const shortest = 4;

/** Makes a redactor of secrets: in plain, base64, URL-encoded and JSON-escaped form. */
export function createRedactor(secrets: readonly string[]): Redact {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < shortest) continue;
    for (const form of formsOf(secret)) forms.add(form);
  }
  if (forms.size === 0) return (text) => text;
  // The longest first, so that a part of a secret is not blanked before the whole.
  const pattern = new RegExp([...forms].sort((a, b) => b.length - a.length).map(escaped).join("|"), "g");
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

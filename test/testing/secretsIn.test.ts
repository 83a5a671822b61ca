import { expect, test } from "vitest";
import { secretsIn } from "../../core/testing/secretsIn.ts";

const secret = 'p"ss wörd-0123';

test.each([
  ["plain", `token ${secret}`],
  ["JSON", JSON.stringify({ secret })],
  ["URL-encoded", `?key=${encodeURIComponent(secret)}`],
  ["base64", Buffer.from(secret).toString("base64")],
  ["Basic", `Basic ${Buffer.from(`user:${secret}`).toString("base64")}`],
  ["base64url in the middle of a word", `abc${Buffer.from(`x${secret}y`).toString("base64url")}`],
])("a secret is seen in %s", (_, text) => {
  expect(secretsIn(text, [secret, "another-one"])).toEqual([secret]);
});

test("a text without the secret holds none, and what is too short to blank is not looked for", () => {
  expect(secretsIn("an ordinary sentence, aGVsbG8gd29ybGQ=", [secret, "an"])).toEqual([]);
});

import { isSameSecret, parseJson } from "hookline";
import { expect, test } from "vitest";

test("a secret is compared as text or bytes, of any length, and none is never right", () => {
  expect(isSameSecret("s3cret", "s3cret")).toBe(true);
  expect(isSameSecret(new TextEncoder().encode("ü"), Buffer.from("ü"))).toBe(true);
  for (const given of ["", "s3cre", "s3cret ", undefined]) expect(isSameSecret(given, "s3cret")).toBe(false);
});

test("a body of a stranger is read as JSON, or is undefined", () => {
  expect(parseJson('{"a":[1]}')).toEqual({ a: [1] });
  expect(parseJson(Buffer.from('"ü"'))).toBe("ü");
  for (const body of ["", "{", undefined, null, 7, new Uint8Array([255])]) expect(parseJson(body)).toBeUndefined();
});

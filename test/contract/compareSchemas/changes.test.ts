import { expect, test } from "vitest";
import { compareSchemas } from "../../../core/contract/compareSchemas/compareSchemas.ts";

const closed = (properties: object, more: object = {}) => ({ type: "object", additionalProperties: false, properties, ...more });

test("each change is one sentence with its path", () => {
  const old = closed({
    host: { type: "string" },
    level: { enum: ["info", "warn"] },
    retries: { type: "integer", maximum: 10 },
    servers: { type: "array", items: closed({ port: { type: "integer", minimum: 1 } }) },
    labels: { type: "object", additionalProperties: { type: "string" } },
    tls: { anyOf: [{ type: "boolean" }, closed({ ca: { type: "string" } })] },
    gone: { type: "string" },
  });
  const next = closed(
    {
      host: { type: "string", minLength: 1 },
      level: { enum: ["info", "debug"] },
      retries: { type: ["integer", "null"], maximum: 5 },
      servers: { type: "array", items: closed({ port: { type: "integer", minimum: 1024 } }), uniqueItems: true },
      labels: { type: "object", additionalProperties: { type: "string", pattern: "^[a-z]+$" } },
      tls: { anyOf: [{ type: "boolean" }, closed({ ca: { type: "string" }, key: { type: "string" } })] },
      token: { type: "string" },
    },
    { required: ["token", "host"] },
  );

  const { changes } = compareSchemas(old, next);

  expect(changes.toSorted()).toEqual([
    "gone: is not described any more.",
    "host: is required now.",
    "host: minLength 1 is new.",
    "labels.*: pattern ^[a-z]+$ is new.",
    'level: also takes "debug" now.',
    'level: does not take "warn" any more.',
    "retries: maximum is 5 now, and was 10.",
    "retries: takes integer or null now, and took integer.",
    "servers: uniqueItems true is new.",
    "servers[].port: minimum is 1024 now, and was 1.",
    "tls(2).key: is new.",
    "token: is new, and required.",
  ]);
});

test("what is not compared is named", () => {
  const { backward, changes } = compareSchemas(
    { properties: { a: {} } },
    { properties: { a: { unevaluatedProperties: false } } },
  );

  expect(backward).toBe("unknown");
  expect(changes).toEqual(["a: has unevaluatedProperties, which is not compared."]);
});

test("the same written differently is no change", () => {
  const { changes } = compareSchemas({ type: ["string", "null"] }, { anyOf: [{ type: "null" }, { type: "string", title: "x" }] });

  expect(changes).toEqual([]);
});

test("many changes, and long ones, stay a list that can be read", () => {
  const many = (type: string) =>
    closed(Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`key_${index}`, { type }])));
  const long = { type: "string", pattern: "a".repeat(10_000) };

  expect(compareSchemas(many("string"), many("number")).changes).toHaveLength(100);
  expect(compareSchemas({ type: "string" }, long).changes.join()).toHaveLength(300);
});

import { checkHooks, HooklineError } from "hookline";
import { expect, test } from "vitest";

const call = { hook: "x", plugin: "one", signal: new AbortController().signal };

test("a platform that knows us: the settings are right, and the health has its details", async () => {
  const hooks = checkHooks(async () => ({ user: "bot" }), { log: silent() });

  expect(await answers(hooks)).toEqual([{ ok: true }, { healthy: true, details: { user: "bot" } }]);
});

test("a platform that refuses us: the settings are wrong", async () => {
  const hooks = checkHooks(refusing("auth"), { log: silent() });

  expect(await answers(hooks)).toEqual([
    { ok: false, problems: ["no"] },
    { healthy: false, details: { code: "auth", problem: "no" } },
  ]);
});

test("a platform that is down says nothing about the settings: the instance starts, and the log says why", async () => {
  const log = silent();
  const hooks = checkHooks(refusing("unavailable"), { log });

  expect(await answers(hooks)).toEqual([
    { ok: true, problems: ["no"] },
    { healthy: false, details: { code: "unavailable", problem: "no" } },
  ]);
  expect(log.lines).toEqual(["the settings could not be checked with the platform"]);
});

test("a plugin may know better what the settings are to blame for, and a bug is thrown", async () => {
  const lenient = checkHooks(refusing("permission"), { log: silent(), isWrong: ({ code }) => code === "auth" });
  const broken = checkHooks(
    async () => {
      throw new TypeError("x is undefined");
    },
    { log: silent() },
  );

  expect(await answers(lenient)).toMatchObject([{ ok: true }, { healthy: false }]);
  await expect(answers(broken)).rejects.toThrow(TypeError);
});

async function answers({ validate_config, health_check }: ReturnType<typeof checkHooks>): Promise<unknown[]> {
  if (typeof validate_config !== "function" || typeof health_check !== "function") return expect.fail("functions are expected");
  return [await validate_config({}, call), await health_check({}, call)];
}

function refusing(code: "auth" | "unavailable" | "permission") {
  return async () => {
    throw new HooklineError(code, { reason: "no" });
  };
}

function silent() {
  const lines: string[] = [];
  const write = (message: string) => void lines.push(message);
  return { lines, debug: write, info: write, warn: write, error: write };
}

import { expect, expectTypeOf, test } from "vitest";
import { createHost, defineContract, definePlugin, HooklineError, unwrap, z } from "../../core/index.ts";

const echo = (plugin_id: string, answer: () => Promise<{ message_id: string }> | { message_id: string }) =>
  definePlugin({ manifest: { plugin_id, channel_type: "chat" }, setup: () => ({ send_message: answer }) });

test("a host of plugins given as objects answers a routed call with an outcome", async () => {
  await using host = await createHost({ plugins: [echo("one", () => ({ message_id: "m1" }))], logger: false });

  const outcome = await host.call("send_message", { channel: "chat", to: "anna", content: "hello" });

  expect(outcome).toMatchObject({ status: "ok", value: { message_id: "one:m1" }, route: { name: "priority", instance: "one" } });
  expect(outcome.attempts).toMatchObject([{ instance: "one", generation: 1, n: 1, outcome: "ok", reason: "primary" }]);
  expect(unwrap(outcome).message_id).toBe("one:m1");
});

test("the next instance is asked when the error allows it, and the outcome lists both attempts", async () => {
  const refused = echo("first", () => {
    throw new HooklineError("unavailable", { reason: "connection refused" });
  });
  await using host = await createHost({ plugins: [refused, echo("second", () => ({ message_id: "2" }))], logger: false });
  const told = host.once("failed_over");

  const outcome = await host.call("send_message", { channel: "chat", to: "anna", content: "hello" });

  expect(outcome).toMatchObject({ status: "ok", route: { instance: "second" } });
  expect(outcome.attempts.map(({ instance, outcome, error }) => [instance, outcome, error?.code])).toEqual([
    ["first", "failed", "unavailable"],
    ["second", "ok", undefined],
  ]);
  expect(await told).toEqual({ hook: "send_message", from: "first", to: "second", code: "unavailable" });
});

test.each(["invalid_recipient", "recipient_blocked", "timeout"] as const)("after %s no other instance is asked", async (code) => {
  const failing = echo("first", () => {
    throw new HooklineError(code, { reason: "no" });
  });
  await using host = await createHost({ plugins: [failing, echo("second", () => ({ message_id: "2" }))], logger: false });

  const outcome = await host.call("send_message", { channel: "chat", to: "anna", content: "hello" });

  expect(outcome).toMatchObject({ status: "failed", error: { code, instance: "first" } });
  expect(outcome.attempts).toHaveLength(1);
});

test("an answer of the wrong shape is a plugin_error and is never passed on", async () => {
  const wrong = definePlugin({
    manifest: { plugin_id: "wrong", channel_type: "chat" },
    setup: () => ({ send_message: () => ({ id: 7 }) as never }),
  });
  await using host = await createHost({ plugins: [wrong], logger: false });

  const outcome = await host.call("send_message", { channel: "chat", to: "anna", content: "hello" });

  expect(outcome).toMatchObject({ status: "failed", error: { code: "plugin_error" } });
  expect(outcome.error?.message).toContain('"message_id" is missing');
});

test("wrong use throws and says what is known", async () => {
  await using host = await createHost({ plugins: [echo("one", () => ({ message_id: "m1" }))], logger: false });
  const message = { channel: "chat", to: "anna", content: "hello" };

  await expect(host.call("send_mesage" as "send_message", message)).rejects.toThrow(/Did you mean "send_message"/);
  await expect(host.call("send_message", { ...message, channel: "chats" })).rejects.toThrow(/"chats".*Did you mean "chat"/);
  await expect(host.call("send_message", { ...message, contnet: "x" } as never)).rejects.toThrow(
    /"contnet" is not a field of it \(did you mean "content"\?\)/,
  );
  await expect(host.call("send_message", { channel: "chat", content: "x" } as never)).rejects.toThrow(/"to" is missing/);
  await host.close();
  await expect(host.call("send_message", message)).rejects.toMatchObject({ code: "host_closed" });
});

test("a contract of the application's own is called by its modes, typed", async () => {
  const pricing = defineContract({
    id: "pricing",
    version: "1.0.0",
    hooks: {
      quote: { mode: "first", request: z.strictObject({ sku: z.string() }), answer: z.number() },
      discounts: { mode: "collect", request: z.strictObject({ sku: z.string() }), answer: z.number() },
    },
  });
  const shop = (plugin_id: string, price: number) =>
    definePlugin<Record<string, unknown>, typeof pricing>({
      manifest: { plugin_id, channel_type: "shop" },
      setup: () => ({ quote: ({ sku }) => (sku === plugin_id ? price : undefined), discounts: () => price / 10 }),
    });
  await using host = await createHost({ contracts: [pricing], plugins: [shop("a", 10), shop("b", 20)], logger: false });

  const quote = await host.call("quote", { sku: "b" });
  const discounts = await host.hooks.discounts({ sku: "a" });

  expectTypeOf(quote).toEqualTypeOf<number | undefined>();
  expectTypeOf(discounts).toEqualTypeOf<number[]>();
  expect(quote).toBe(20);
  expect(discounts).toEqual([1, 2]);
});

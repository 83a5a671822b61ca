import { expect, test } from "vitest";
import type { Outcome } from "../../core/index.ts";
import { createFakeClock } from "../support/fakeClock.ts";
import { openOn } from "../support/plugins.ts";
import { type AskedRequest, failing, hanging, type Scripted, scripted, sending } from "../support/scripted.ts";

const message = { channel: "chat", to: "anna", content: "hello", idempotency_key: "k" } as const;

async function opened(members: readonly Scripted[], more: object = {}) {
  const clock = createFakeClock();
  const plugins = members.map(({ plugin }) => plugin);
  const enabled_plugins = plugins.map(({ manifest }) => ({ plugin_id: manifest?.plugin_id, max_retries: 0 }));
  const host = await openOn(clock, { plugins, config: { enabled_plugins, ...more } });
  return { clock, host };
}

/** What a request lists: the values of `to`, or of the members. */
function listed({ to, members }: AskedRequest): string[] {
  const list: unknown = to ?? members;
  return Array.isArray(list) ? list.map((one) => (one.who ?? one).value) : [];
}

/** A step by which these fail with a code, and the others succeed. */
function but(failures: Record<string, string>, status = "added") {
  return (request: AskedRequest) => ({
    message_id: "m",
    items: listed(request).map((subject) => {
      const code = failures[subject];
      return code === undefined
        ? { subject, status }
        : { subject, status: "failed", error: { code, message: `${subject} failed` } };
    }),
  });
}

const adding = (steps: Parameters<typeof scripted>[1], more: object = {}) =>
  scripted("one", steps, { hooks: ["add_member"], ...more });
const add = { channel: "chat", group: "g", members: ["a", "b", "c", "d"].map((who) => ({ who })), idempotency_key: "k" };
const statuses = ({ items }: Outcome) => items?.map(({ index, subject, status }) => `${index} ${subject} ${status}`);

test("the same key again replays the outcome and sends nothing", async () => {
  const one = scripted("one");
  const { host } = await opened([one]);

  const [first, again] = [
    await host.call("send_message", message),
    await host.call("send_message", { ...message, deadline_ms: 5 }),
  ];

  expect([first.idempotent, again.idempotent]).toEqual(["fresh", "replayed"]);
  expect(again).toEqual({ ...first, idempotent: "replayed" });
  expect(one.asked.map(({ idempotency_key }) => idempotency_key)).toEqual(["k"]);
});

test("without a key of the caller's nothing is remembered, and every call gets its own", async () => {
  const one = scripted("one");
  const { host } = await opened([one]);
  const { idempotency_key: _, ...plain } = message;

  const outcomes = [await host.call("send_message", plain), await host.call("send_message", plain)];

  expect(outcomes.map(({ idempotent }) => idempotent)).toEqual([undefined, undefined]);
  expect(one.asked.map(({ idempotency_key }) => idempotency_key)).toEqual(outcomes.map(({ request_id }) => request_id));
});

test("another body under the same key is a conflict; another hook or channel is another call", async () => {
  const one = scripted("one", sending, { hooks: ["send_message", "edit_message"] });
  const { host } = await opened([one, scripted("mail", sending, { channel_type: "mail" })]);
  await host.call("send_message", message);

  await expect(host.call("send_message", { ...message, content: "other" })).rejects.toMatchObject({
    code: "idempotency_conflict",
    message: expect.stringContaining('the idempotency_key "k" was used'),
  });
  expect(await host.call("send_message", { ...message, channel: "mail" })).toMatchObject({ idempotent: "fresh" });
  expect(await host.call("edit_message", { channel: "chat", message: "1", content: "x", idempotency_key: "k" })).toMatchObject({
    idempotent: "fresh",
  });
});

test("two at the same time send once", async () => {
  const { clock, host } = await opened([
    scripted("one", () => new Promise((resolve) => clock.after(1_000, () => resolve({ message_id: "1" })))),
  ]);

  const outcomes = await clock.settle(Promise.all([1, 2, 3].map(() => host.call("send_message", message))));

  expect(outcomes.map(({ status, idempotent }) => `${status} ${idempotent}`)).toEqual(["ok fresh", "ok replayed", "ok replayed"]);
  expect(host.instance("one").calls).toBe(1);
});

test("who waits for a running call gives up at its own deadline or signal, and says that it may happen", async () => {
  const { clock, host } = await opened([scripted("one", hanging)]);
  const gone = new AbortController();
  const running = host.call("send_message", message);
  const late = host.call("send_message", { ...message, deadline_ms: 1_000 });
  const cancelled = host.call("send_message", message, { signal: gone.signal });

  gone.abort();

  expect(await cancelled).toMatchObject({ status: "failed", error: { code: "expired", dispatched: "maybe" }, attempts: [] });
  expect(await clock.settle(late)).toMatchObject({ status: "failed", timing: { ms: 1_000 }, error: { dispatched: "maybe" } });
  expect(await clock.settle(running)).toMatchObject({ error: { code: "timeout" } });
});

test("what failed before anything was sent is sent by the next call; what may have been sent is not", async () => {
  const refused = await opened([scripted("one", [failing("unavailable"), sending])]);
  const reset = await opened([scripted("one", [failing("unavailable", { dispatched: "maybe" }), sending])]);

  const twice = async ({ host }: typeof refused) => [
    await host.call("send_message", message),
    await host.call("send_message", message),
  ];
  const [again, never] = [await twice(refused), await twice(reset)];

  expect(again.map(({ status, idempotent }) => `${status} ${idempotent}`)).toEqual(["failed fresh", "ok fresh"]);
  expect(never.map(({ status, idempotent }) => `${status} ${idempotent}`)).toEqual(["failed fresh", "failed replayed"]);
});

test("a key is free again after 24 hours", async () => {
  const one = scripted("one");
  const { clock, host } = await opened([one], { settings: { health_check_interval: 0 } });
  await host.call("send_message", message);

  clock.advance(24 * 3_600_000);
  const after = await host.call("send_message", { ...message, content: "other" });

  expect(after.idempotent).toBe("fresh");
  expect(one.asked).toHaveLength(2);
});

test("50 members of which 3 fail: the call again touches only the 3, and the merged outcome has all 50", async () => {
  const members = Array.from({ length: 50 }, (_, index) => ({ who: `u${index}` }));
  const one = adding([but({ u7: "not_found", u20: "rate_limited", u49: "unavailable" }), but({ u20: "rate_limited" }), but({})]);
  const { host } = await opened([one]);
  const call = () => host.call("add_member", { ...add, members });

  const outcomes = [await call(), await call(), await call(), await call()];

  expect(outcomes.map(({ status, idempotent }) => `${status} ${idempotent}`)).toEqual([
    "partial fresh",
    "partial fresh",
    "ok fresh",
    "ok replayed",
  ]);
  expect(one.asked.map(listed).slice(1)).toEqual([["u7", "u20", "u49"], ["u20"]]);
  expect(outcomes.map(({ items }) => items?.filter(({ status }) => status === "failed").map(({ index }) => index))).toEqual([
    [7, 20, 49],
    [20],
    [],
    [],
  ]);
  expect(outcomes[2]?.items).toEqual(members.map(({ who }, index) => ({ index, subject: who, status: "added" })));
  expect(outcomes[2]?.value).toEqual({ items: members.map(({ who }) => ({ subject: who, status: "added" })) });
});

test("to the platform the rest is another request: it has a key of its own, which stays the same for the same rest", async () => {
  const one = adding([but({ b: "unavailable", c: "unavailable" }), failing("unavailable"), but({ b: "unavailable" }), but({})]);
  const { host } = await opened([one]);

  for (let calls = 0; calls < 4; calls++) await host.call("add_member", add);

  const sent = one.asked.map(({ idempotency_key }) => String(idempotency_key));
  expect(one.asked.map(listed)).toEqual([["a", "b", "c", "d"], ["b", "c"], ["b", "c"], ["b"]]);
  expect(sent[1]).toBe(sent[2]);
  expect(new Set(sent).size).toBe(3);
  for (const key of sent) expect(key.length).toBeLessThanOrEqual(255);
});

test("all that failed is called again as a whole, and what then fails as a whole stays failed", async () => {
  const one = adding([
    but({ a: "unavailable", b: "unavailable", c: "unavailable", d: "unavailable" }),
    but({ c: "not_found" }),
    failing("auth"),
  ]);
  const { host } = await opened([one]);

  const outcomes = [await host.call("add_member", add), await host.call("add_member", add), await host.call("add_member", add)];

  expect(outcomes.map(({ status }) => status)).toEqual(["failed", "partial", "partial"]);
  expect(outcomes[0]?.error).toMatchObject({ code: "unavailable", instance: "one", dispatched: "no" });
  expect(one.asked.map(listed)).toEqual([["a", "b", "c", "d"], ["a", "b", "c", "d"], ["c"]]);
  expect(statuses(outcomes[2] as Outcome)).toEqual(["0 a added", "1 b added", "2 c failed", "3 d added"]);
  expect(outcomes[2]?.items?.[2]?.error).toMatchObject({ code: "auth" });
});

test("an item that may have been carried out is not touched again", async () => {
  const one = adding([but({ a: "timeout", b: "not_found" }), but({})]);
  const { host } = await opened([one]);

  const outcomes = [await host.call("add_member", add), await host.call("add_member", add), await host.call("add_member", add)];

  expect(one.asked.map(listed)).toEqual([["a", "b", "c", "d"], ["b"]]);
  expect(outcomes.map(({ status, idempotent }) => `${status} ${idempotent}`)).toEqual([
    "partial fresh",
    "partial fresh",
    "partial replayed",
  ]);
  expect(statuses(outcomes[2] as Outcome)).toEqual(["0 a failed", "1 b added", "2 c added", "3 d added"]);
});

test("the rest that ended in doubt is not touched again", async () => {
  const one = adding([but({ b: "not_found" }), failing("timeout"), but({})]);
  const { host } = await opened([one]);

  const outcomes = [await host.call("add_member", add), await host.call("add_member", add), await host.call("add_member", add)];

  expect(one.asked.map(listed)).toEqual([["a", "b", "c", "d"], ["b"]]);
  expect(outcomes[2]?.items?.[1]?.error).toMatchObject({ code: "timeout", dispatched: "maybe" });
});

test("items find their place in the request by their subject, in whatever order a plugin answers", async () => {
  const reversed = (request: AskedRequest) => {
    const { items, ...rest } = but({ a: "not_found" })(request);
    return { ...rest, items: items.reverse() };
  };
  const one = adding([reversed, reversed]);
  const { host } = await opened([one]);

  const outcomes = [await host.call("add_member", add), await host.call("add_member", add)];

  expect(statuses(outcomes[0] as Outcome)).toEqual(["3 d added", "2 c added", "1 b added", "0 a failed"]);
  expect(one.asked.map(listed)).toEqual([["a", "b", "c", "d"], ["a"]]);
});

test("a message to several of whom one failed goes only to that one again", async () => {
  const one = scripted("one", [but({ bert: "unavailable" }, "sent"), sending]);
  const { host } = await opened([one]);
  const call = () => host.call("send_message", { ...message, to: ["anna", "bert"] });

  const outcomes = [await call(), await call()];

  expect(one.asked.map(listed)).toEqual([["anna", "bert"], ["bert"]]);
  expect(outcomes[1]).toMatchObject({
    status: "ok",
    items: [
      { subject: "anna", status: "sent" },
      { subject: "bert", status: "sent" },
    ],
  });
});

test("of a rule's channels the call again goes only to those that failed", async () => {
  const sms = scripted("sms1", [failing("unavailable"), sending], { channel_type: "sms" });
  const mail = scripted("mail1", sending, { channel_type: "mail" });
  const { host } = await opened([sms, mail], {
    routes: [{ name: "tell", match: { channel: "alerts" }, channels: ["sms", "mail"], strategy: "all" }],
  });
  const call = () => host.call("send_message", { ...message, channel: "alerts" });

  const outcomes = [await call(), await call(), await call()];

  expect(outcomes.map(({ status, idempotent }) => `${status} ${idempotent}`)).toEqual([
    "partial fresh",
    "ok fresh",
    "ok replayed",
  ]);
  expect([sms.asked.length, mail.asked.length]).toEqual([2, 1]);
  expect(outcomes[1]?.channels?.mail).toMatchObject({ status: "ok", idempotent: "replayed" });
});

test("of the first channel that succeeded in part only the rest is called again, in that channel", async () => {
  const sms = scripted("sms1", [failing("unavailable"), sending], { channel_type: "sms" });
  const mail = scripted("mail1", [but({ bert: "unavailable" }, "sent"), sending], { channel_type: "mail" });
  const { host } = await opened([sms, mail], {
    routes: [{ name: "tell", match: { channel: "alerts" }, channels: ["sms", "mail"] }],
  });
  const call = () => host.call("send_message", { ...message, channel: "alerts", to: ["anna", "bert"] });

  const outcomes = [await call(), await call()];

  expect(outcomes.map(({ status }) => status)).toEqual(["partial", "ok"]);
  expect([sms.asked.length, mail.asked.length]).toEqual([1, 2]);
  expect(mail.asked.map(listed)).toEqual([["anna", "bert"], ["bert"]]);
});

test("of a list of channels each has its own memory", async () => {
  const chat = scripted("one", [failing("unavailable"), sending]);
  const mail = scripted("mail1", sending, { channel_type: "mail" });
  const { host } = await opened([chat, mail]);
  const call = () => host.call("send_message", { ...message, channel: ["chat", "mail", "chat"] });

  const outcomes = [await call(), await call()];

  expect(outcomes.map(({ status }) => status)).toEqual(["partial", "ok"]);
  expect([chat.asked.length, mail.asked.length]).toEqual([2, 1]);
});

test("a dry run neither remembers nor replays", async () => {
  const one = scripted("one");
  const { host } = await opened([one]);

  const dry = await host.call("send_message", { ...message, dry_run: true });
  const real = await host.call("send_message", message);

  expect(dry).toMatchObject({ status: "dry_run" });
  expect(real).toMatchObject({ status: "ok", idempotent: "fresh" });
});

import { expect, test } from "vitest";
import { type ErrorCode, HooklineError } from "../../core/index.ts";
import { createFakeClock } from "../support/fakeClock.ts";
import { openOn } from "../support/plugins.ts";
import { type AskedRequest, hanging, type Scripted, scripted } from "../support/scripted.ts";

const names = (count: number) => Array.from({ length: count }, (_, index) => `u${index}`);

async function opened(...members: Scripted[]) {
  const clock = createFakeClock();
  const plugins = members.map(({ plugin }) => plugin);
  const host = await openOn(clock, {
    plugins,
    config: { enabled_plugins: plugins.map(({ manifest }) => ({ plugin_id: manifest?.plugin_id, max_retries: 0 })) },
  });
  const add = (count: number, more: object = {}) =>
    clock.settle(
      host.call("add_member", { channel: "chat", group: "g", members: names(count).map((who) => ({ who })), ...more }),
    );
  const send = (count: number) =>
    clock.settle(host.call("send_message", { channel: "chat", to: names(count), content: "hello" }));
  return { host, clock, add, send };
}

function subjects({ to, members }: AskedRequest): string[] {
  const list: unknown = to ?? members;
  return Array.isArray(list) ? list.map((one) => (one.who ?? one).value) : [];
}

const hooks = ["add_member", "remove_member", "send_message"];
const added = (request: AskedRequest) => ({
  message_id: "m",
  items: subjects(request).map((subject) => ({ subject, status: "added" })),
});
const taking = (limits: object, steps: Parameters<typeof scripted>[1] = added) => scripted("one", steps, { hooks, limits });

/** Fails the parts with these numbers, from 0. */
function failingParts(failures: Record<number, ErrorCode>) {
  let part = 0;
  return (request: AskedRequest) => {
    const code = failures[part++];
    if (code) throw new HooklineError(code, { reason: "no" });
    return added(request);
  };
}

test("members beyond the plugin's limit go in several calls, in order, and the outcome has them all", async () => {
  const one = taking({ members: 20 });
  const { add } = await opened(one);

  const outcome = await add(50);

  expect(one.asked.map((request) => subjects(request).length)).toEqual([20, 20, 10]);
  expect(one.asked.flatMap(subjects)).toEqual(names(50));
  expect(outcome).toMatchObject({ status: "ok", attempts: [{ instance: "one", outcome: "ok" }] });
  expect(outcome.attempts).toHaveLength(1);
  expect(outcome.items).toEqual(names(50).map((subject, index) => ({ index, subject, status: "added" })));
});

test.each([
  [20, [20]],
  [21, [20, 1]],
  [1, [1]],
])("%i members by 20 are %j", async (count, parts) => {
  const one = taking({ members: 20 });
  const { add } = await opened(one);

  await add(count);

  expect(one.asked.map((request) => subjects(request).length)).toEqual(parts);
});

test("recipients have a limit of their own, and without items each of a part was sent", async () => {
  const one = taking({ recipients: 2, members: 100 }, () => ({ message_id: "m" }));
  const { send, add } = await opened(one, scripted("two", added, { hooks }));

  const outcome = await send(3);

  expect(one.asked.map(subjects)).toEqual([["u0", "u1"], ["u2"]]);
  expect(outcome).toMatchObject({
    status: "ok",
    value: { message_id: "one:m" },
    items: names(3).map((subject) => ({ subject, status: "sent" })),
  });
  expect((await add(1)).status).toBe("failed");
});

test("every part has a key of its own, derived from the call's", async () => {
  const one = taking({ members: 2 });
  const { add } = await opened(one);

  await add(6, { idempotency_key: "k" });

  expect(one.asked.map(({ idempotency_key }) => idempotency_key)).toEqual(["k", "k.1", "k.2"]);
});

test("a part that fails is in the items, and does not undo the parts before it or hide those after it", async () => {
  const one = taking({ members: 2 }, failingParts({ 1: "not_found" }));
  const two = scripted("two", added, { hooks });
  const { add } = await opened(one, two);

  const outcome = await add(6);

  expect(outcome).toMatchObject({ status: "partial", route: { instance: "one" } });
  expect(outcome.items?.map(({ subject, status, error }) => [subject, status, error?.code])).toEqual([
    ["u0", "added", undefined],
    ["u1", "added", undefined],
    ["u2", "failed", "not_found"],
    ["u3", "failed", "not_found"],
    ["u4", "added", undefined],
    ["u5", "added", undefined],
  ]);
  expect(two.asked).toEqual([]);
});

test.each(["auth", "permission", "rate_limited", "quota_exceeded", "timeout", "unavailable", "plugin_error"] as const)(
  "after %s the parts that follow are not sent: they would fail the same way",
  async (code) => {
    const one = taking({ members: 2 }, failingParts({ 1: code }));
    const { add } = await opened(one);

    const outcome = await add(6);

    expect(one.asked).toHaveLength(2);
    expect(outcome).toMatchObject({ status: "partial" });
    const [, , second, , third] = outcome.items ?? [];
    expect(second?.error).toMatchObject({ code });
    // The part that was never sent cannot have been carried out.
    expect(third?.error).toMatchObject({ code, dispatched: "no" });
  },
);

test("when the first part fails as a whole nothing has happened, and the next instance gets everything", async () => {
  const one = taking({ members: 2 }, failingParts({ 0: "unavailable" }));
  const two = scripted("two", added, { hooks, limits: { members: 3 } });
  const { add } = await opened(one, two);

  const outcome = await add(4);

  expect(outcome).toMatchObject({ status: "ok", route: { instance: "two" } });
  expect([one.asked.length, two.asked.length]).toEqual([1, 2]);
  expect(two.asked.flatMap(subjects)).toEqual(names(4));
});

test("a bad recipient in the first part does not keep the others from their message", async () => {
  const one = taking({ recipients: 1 }, failingParts({ 0: "invalid_recipient" }));
  const { send } = await opened(one, scripted("two", added, { hooks }));

  const outcome = await send(3);

  expect(outcome).toMatchObject({ status: "partial", route: { instance: "one" } });
  expect(outcome.items?.map(({ status }) => status)).toEqual(["failed", "added", "added"]);
});

test("a STOP in one part is not evaded through another instance, whatever the next part says", async () => {
  const one = taking({ recipients: 1 }, failingParts({ 0: "recipient_blocked", 1: "auth" }));
  const two = scripted("two", added, { hooks });
  const { send } = await opened(one, two);

  const outcome = await send(3);

  expect(outcome).toMatchObject({ status: "failed", error: { code: "recipient_blocked" } });
  expect(two.asked).toEqual([]);
});

test("the parts share the time of the call: what has no time left is failed, what was done stays done", async () => {
  let part = 0;
  const one = taking({ members: 1 }, (request, signal) => (part++ < 2 ? added(request) : hanging(request, signal)));
  const { add } = await opened(one);

  const outcome = await add(5, { deadline_ms: 1_000 });

  expect(outcome).toMatchObject({ status: "partial", timing: { ms: 1_000 } });
  expect(outcome.items?.map(({ status, error }) => [status, error?.code, error?.dispatched])).toEqual([
    ["added", undefined, undefined],
    ["added", undefined, undefined],
    ["failed", "timeout", "maybe"],
    ["failed", "timeout", "no"],
    ["failed", "timeout", "no"],
  ]);
  expect(one.asked).toHaveLength(3);
});

test("with a key, the call again sends only the parts that failed", async () => {
  const one = taking({ members: 2 }, failingParts({ 1: "rate_limited" }));
  const { add } = await opened(one);
  const key = { idempotency_key: "k" };

  await add(6, key);
  const outcome = await add(6, key);

  expect(one.asked.map(subjects)).toEqual([
    ["u0", "u1"],
    ["u2", "u3"],
    ["u2", "u3"],
    ["u4", "u5"],
  ]);
  expect(outcome).toMatchObject({ status: "ok", items: names(6).map((subject, index) => ({ index, subject, status: "added" })) });
});

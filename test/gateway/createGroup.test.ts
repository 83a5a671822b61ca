import { expect, test } from "vitest";
import { type ErrorCode, HooklineError, type Host, type Outcome } from "../../core/index.ts";
import { createFakeClock } from "../support/fakeClock.ts";
import { chat, openOn } from "../support/plugins.ts";
import { type AskedRequest, type Scripted, type Step, scripted } from "../support/scripted.ts";

const names = (count: number) => Array.from({ length: count }, (_, index) => `u${index}`);
const hooks = ["create_group", "add_member"];

function subjects({ members }: AskedRequest): string[] {
  return Array.isArray(members) ? members.map((one) => one.who.value) : [];
}

const itemsOf = (request: AskedRequest, failures: Record<string, ErrorCode> = {}) =>
  subjects(request).map((subject) => {
    const code = failures[subject];
    return code === undefined
      ? { subject, status: "added" }
      : { subject, status: "failed", error: { code, message: `${subject} failed` } };
  });

/** A platform that makes groups `g1`, `g2`, … of those that do not fail. */
function making(failures: Record<string, ErrorCode> = {}): Step {
  let groups = 0;
  return (request) => {
    const items = itemsOf(request, failures);
    return request.hook === "create_group" ? { id: `g${++groups}`, name: request.name, items } : { items };
  };
}

const platform = (step: Step = making(), more: object = {}) => scripted("one", step, { hooks, limits: { members: 2 }, ...more });

async function opened(...members: Scripted[]): Promise<Host> {
  const plugins = members.map(({ plugin }) => plugin);
  const enabled_plugins = plugins.map(({ manifest }) => ({ plugin_id: manifest?.plugin_id, max_retries: 0 }));
  return openOn(createFakeClock(), { plugins, config: { enabled_plugins } });
}

const create = (host: Host, count: number, more: object = {}) =>
  host.call("create_group", { channel: "chat", name: "Team", members: names(count), ...more });
const asked = (one: Scripted) => one.asked.map((request) => [request.hook, request.group, subjects(request)]);
const statuses = ({ items }: Outcome) =>
  items?.map(({ index, subject, status, error }) => [index, subject, error?.code ?? status]);

test("more members than the plugin takes: it creates the group with the first, and adds the others in parts", async () => {
  const one = platform();
  const host = await opened(one);

  const outcome = await create(host, 5);

  expect(asked(one)).toEqual([
    ["create_group", undefined, ["u0", "u1"]],
    ["add_member", "g1", ["u2", "u3"]],
    ["add_member", "g1", ["u4"]],
  ]);
  expect(outcome).toMatchObject({ status: "ok", value: { id: "one:g1", name: "Team" }, attempts: [{ outcome: "ok" }] });
  expect(statuses(outcome)).toEqual(names(5).map((subject, index) => [index, subject, "added"]));
  expect(outcome.value?.items).toHaveLength(5);
});

test.each([0, 1, 2])("%i members are one call", async (count) => {
  const one = platform();
  const host = await opened(one);

  const outcome = await create(host, count);

  expect(one.asked).toHaveLength(1);
  expect(outcome.status).toBe("ok");
});

test("a part carries what every routed request carries, under a key of its own, and nothing of the group", async () => {
  const one = platform();
  const host = await opened(one);
  const shared = { context: { tenant: "acme" }, provider_options: { one: { a: 1 } } };

  await create(host, 3, { ...shared, description: "x", external_id: "e", idempotency_key: "k" });

  expect(one.asked[1]).toEqual({
    hook: "add_member",
    channel: "chat",
    ...shared,
    group: "g1",
    idempotency_key: "k.1",
    members: [{ who: { kind: "address", value: "u2", name: undefined }, role: undefined, mode: "auto" }],
  });
});

test("without items in the answers everybody of a part was added", async () => {
  const one = platform((request) => (request.hook === "create_group" ? { id: "g1", name: "Team" } : { items: itemsOf(request) }));
  const host = await opened(one);

  expect(statuses(await create(host, 3))).toEqual(names(3).map((subject, index) => [index, subject, "added"]));
});

test("a part that fails makes the outcome partial: the group is there, with those who are in it", async () => {
  const make = making();
  const one = platform((request, signal) => {
    if (request.hook === "add_member") throw new HooklineError("rate_limited", { reason: "slowly" });
    return make(request, signal);
  });
  const host = await opened(one, scripted("two", making(), { hooks }));

  const outcome = await create(host, 5);

  expect(one.asked).toHaveLength(2);
  expect(outcome).toMatchObject({ status: "partial", value: { id: "one:g1" }, route: { instance: "one" } });
  expect(statuses(outcome)?.map(([, , status]) => status)).toEqual(["added", "added", ...Array(3).fill("rate_limited")]);
});

test("a group that the platform finishes later has nobody added beyond the first part, and the items say so", async () => {
  const one = platform((request) => ({ id: "operation-1", name: request.name, pending: true, items: itemsOf(request) }));
  const host = await opened(one);

  const outcome = await create(host, 5);

  expect(asked(one)).toEqual([["create_group", undefined, ["u0", "u1"]]]);
  expect(outcome).toMatchObject({ status: "partial", value: { pending: true } });
  expect(statuses(outcome)?.map(([, , status]) => status)).toEqual(["added", "added", "conflict", "conflict", "conflict"]);
});

test("a group of which nobody could be added is there all the same: partial, not failed", async () => {
  const one = platform(making({ u0: "invalid_recipient" }));
  const host = await opened(one);

  const outcome = await create(host, 1);

  expect(outcome).toMatchObject({ status: "partial", value: { id: "one:g1" } });
  expect(statuses(outcome)).toEqual([[0, "u0", "invalid_recipient"]]);
});

test("when the group cannot be created nothing has happened: the next instance creates all of it", async () => {
  const one = platform(() => {
    throw new HooklineError("unavailable", { reason: "down" });
  });
  const two = scripted("two", making(), { hooks });
  const host = await opened(one, two);

  const outcome = await create(host, 3);

  expect(outcome).toMatchObject({ status: "ok", value: { id: "two:g1" } });
  expect(asked(two)).toEqual([["create_group", undefined, ["u0", "u1", "u2"]]]);
});

test("an error about one of the first members, thrown, is no group at all", async () => {
  const one = platform(() => {
    throw new HooklineError("invalid_recipient", { reason: "who is u0?" });
  });
  const host = await opened(one);

  expect(await create(host, 3)).toMatchObject({ status: "failed", error: { code: "invalid_recipient" } });
  expect(one.asked).toHaveLength(1);
});

test("a plugin that cannot add refuses the group before it makes it, and one that can is asked", async () => {
  const one = platform(making(), { hooks: ["create_group"] });
  const two = scripted("two", making(), { hooks, limits: { members: 1 } });

  const alone = await create(await opened(one), 3);
  const both = await create(await opened(one, two), 3);

  expect(one.asked).toEqual([]);
  expect(alone).toMatchObject({ status: "failed", error: { code: "payload_too_large", instance: "one", dispatched: "no" } });
  expect(alone.error?.message).toContain(
    "it takes 2 members at a time, and cannot add the others: it does not implement add_member",
  );
  expect(both).toMatchObject({ status: "ok", value: { id: "two:g1" } });
});

test("with a key, the call again adds only who failed, to the group that is there", async () => {
  const failures: Record<string, ErrorCode> = { u1: "rate_limited", u3: "unavailable" };
  const one = platform(making(failures));
  const host = await opened(one);
  const first = await create(host, 5, { idempotency_key: "k", context: { tenant: "acme" } });
  delete failures.u1;

  const again = await create(host, 5, { idempotency_key: "k", context: { tenant: "acme" } });
  delete failures.u3;
  const last = await create(host, 5, { idempotency_key: "k", context: { tenant: "acme" } });
  const replayed = await create(host, 5, { idempotency_key: "k", context: { tenant: "acme" } });

  expect([first, again, last, replayed].map(({ status, idempotent }) => [status, idempotent])).toEqual([
    ["partial", "fresh"],
    ["partial", "fresh"],
    ["ok", "fresh"],
    ["ok", "replayed"],
  ]);
  expect(asked(one).slice(3)).toEqual([
    ["add_member", "g1", ["u1", "u3"]],
    ["add_member", "g1", ["u3"]],
  ]);
  expect(one.asked[3]).toMatchObject({ context: { tenant: "acme" } });
  expect(last.value).toMatchObject({ id: "one:g1", name: "Team" });
  expect(statuses(last)).toEqual(names(5).map((subject, index) => [index, subject, "added"]));
});

test("what is left stays partial when it fails again, and a plugin that cannot add is not asked twice for the group", async () => {
  const failing = platform(making({ u0: "unavailable" }));
  const mute = platform(making({ u0: "unavailable" }), { hooks: ["create_group"] });

  for (const one of [failing, mute]) {
    const host = await opened(one);
    await create(host, 1, { idempotency_key: "k" });
    const again = await create(host, 1, { idempotency_key: "k" });

    expect(again).toMatchObject({ status: "partial", value: { id: "one:g1" } });
    expect(one.asked.filter(({ hook }) => hook === "create_group")).toHaveLength(1);
  }
});

test("over several channels each channel does its own rest", async () => {
  const failures: Record<string, ErrorCode> = { u2: "unavailable" };
  const one = platform(making(failures));
  const mail = scripted("mail", making(), { hooks, channel_type: "mail" });
  const host = await opened(one, mail);
  const both = { channel: ["chat", "mail"], idempotency_key: "k" };
  await create(host, 3, both);
  delete failures.u2;

  const again = await create(host, 3, both);

  expect(again.status).toBe("ok");
  expect(asked(one).at(-1)).toEqual(["add_member", "g1", ["u2"]]);
  expect(asked(mail)).toEqual([["create_group", undefined, ["u0", "u1", "u2"]]]);
});

test("a wrapper of add_member stands around the parts, and its generation lives until they have ended", async () => {
  const { promise, resolve: open } = Promise.withResolvers<void>();
  const seen: unknown[] = [];
  const make = making();
  const one = platform(async (request, signal) => {
    if (request.hook === "create_group") await promise;
    return make(request, signal);
  });
  const watch = chat("watch", ({ signal }) => ({
    add_member: {
      wrapper: true,
      handler(request, next) {
        seen.push([request.group, signal.aborted]);
        return next() as never;
      },
    },
  }));
  const plugins = [watch, one.plugin];
  const enabled_plugins = [{ plugin_id: "watch", channel: "none" }, { plugin_id: "one" }];
  const host = await openOn(createFakeClock(), { plugins, config: { enabled_plugins } });

  const running = create(host, 3);
  await host.configure({ enabled_plugins: [{ plugin_id: "one" }] });
  open();

  expect((await running).status).toBe("ok");
  expect(seen).toEqual([["g1", false]]);
});

import { expect, test } from "vitest";
import { createFakeClock } from "../support/fakeClock.ts";
import { openOn } from "../support/plugins.ts";
import { type AskedRequest, failing, scripted } from "../support/scripted.ts";

type Who = { kind: "email" | "user"; value: string };

/** A platform with one group, that lists its members by pages of two. */
function platform(members: readonly Who[], { failures = [] as readonly string[] } = {}) {
  let present = [...members];
  const listed = (request: AskedRequest) => (Array.isArray(request.members) ? request.members.map(({ who }) => who as Who) : []);
  const change = (status: string, next: (who: readonly Who[]) => Who[]) => (request: AskedRequest) => {
    const whom = listed(request);
    present = next(whom.filter(({ value }) => !failures.includes(value)));
    return {
      items: whom.map(({ value: subject }) =>
        failures.includes(subject)
          ? { subject, status: "failed", error: { code: "not_found", message: "nobody" } }
          : { subject, status },
      ),
    };
  };
  const steps: Record<string, (request: AskedRequest) => unknown> = {
    list_members({ cursor }) {
      const from = Number(cursor ?? 0);
      return {
        members: present.slice(from, from + 2).map((who) => ({ who })),
        ...(from + 2 < present.length && { cursor: String(from + 2) }),
      };
    },
    add_member: change("added", (who) => [...present, ...who]),
    remove_member: change("removed", (who) => present.filter(({ value }) => !who.some((one) => one.value === value))),
  };
  const scriptedPlugin = scripted("one", (request) => steps[request.hook]?.(request), { hooks: Object.keys(steps) });
  return { ...scriptedPlugin, present: () => present.map(({ value }) => value) };
}

const user = (value: string): Who => ({ kind: "user", value });
const opened = (one: { plugin: ReturnType<typeof scripted>["plugin"] }) =>
  openOn(createFakeClock(), { plugins: [one.plugin], config: { enabled_plugins: [{ plugin_id: "one", max_retries: 0 }] } });
const hooksOf = (asked: readonly AskedRequest[]) => asked.map(({ hook }) => hook);

test("who is missing is added, who is not wanted is removed, over all pages", async () => {
  const one = platform(["a", "b", "c", "d", "e"].map(user));
  const host = await opened(one);

  const sync = await host.syncMembers("one:g", ["b", "d", "x", "y"]);

  expect(sync).toMatchObject({ status: "ok", unchanged: 2 });
  expect(sync.items.map(({ index, subject, status }) => `${index} ${subject} ${status}`)).toEqual([
    "0 x added",
    "1 y added",
    "2 a removed",
    "3 c removed",
    "4 e removed",
  ]);
  expect(one.present()).toEqual(["b", "d", "x", "y"]);
  expect(hooksOf(one.asked)).toEqual(["list_members", "list_members", "list_members", "add_member", "remove_member"]);
  expect(sync.calls).toHaveLength(5);
});

test("a second sync finds nothing to do and changes nothing", async () => {
  const one = platform([user("a")]);
  const host = await opened(one);
  await host.syncMembers("one:g", ["b"]);
  one.asked.length = 0;

  const sync = await host.syncMembers("one:g", ["b"]);

  expect(sync).toMatchObject({ status: "ok", items: [], unchanged: 1 });
  expect(hooksOf(one.asked)).toEqual(["list_members"]);
});

test("mail addresses are the same in any case, other names are not; who is wanted twice is added once", async () => {
  const one = platform([{ kind: "email", value: "Anna@Example.com" }, user("Bert")]);
  const host = await opened(one);

  const sync = await host.syncMembers("one:g", ["anna@example.COM", "bert", "bert", { kind: "user", value: "bert" }]);

  expect(sync.items.map(({ subject, status }) => `${subject} ${status}`)).toEqual(["bert added", "Bert removed"]);
  expect(sync.unchanged).toBe(1);
});

test("a group is named by its ref, or by channel and id; the plugin gets its own id", async () => {
  const one = platform([]);
  const host = await opened(one);

  await host.syncMembers("one:g1", ["a"]);
  await host.syncMembers({ channel: "chat", group: "g2" }, ["a"]);

  expect(new Set(one.asked.map(({ group }) => group))).toEqual(new Set(["g1", "g2"]));
  for (const group of ["g3", "one", "ones"])
    await expect(host.syncMembers(group, ["a"])).rejects.toThrow(/give its ref \(instance:id\), or { channel, group }/);
});

test("who could not be added or removed is in the items, and the next sync tries again", async () => {
  const one = platform(["a", "b"].map(user), { failures: ["b", "x"] });
  const host = await opened(one);

  const sync = await host.syncMembers("one:g", ["a", "x", "y"]);
  const again = await host.syncMembers("one:g", ["a", "x", "y"]);

  expect(sync.status).toBe("partial");
  expect(sync.items.map(({ subject, status }) => `${subject} ${status}`)).toEqual(["x failed", "y added", "b failed"]);
  expect(again).toMatchObject({ status: "failed", unchanged: 2 });
});

test("without the list nothing is changed: half of it is no list", async () => {
  const list = [() => ({ members: [{ who: { kind: "user", value: "a" } }], cursor: "2" }), failing("unavailable")];
  const one = scripted("one", list, { hooks: ["list_members", "add_member", "remove_member"] });
  const host = await opened(one);

  await expect(host.syncMembers("one:g", [])).rejects.toMatchObject({ code: "unavailable", instance: "one" });
  expect(hooksOf(one.asked)).toEqual(["list_members", "list_members"]);
});

test("a platform whose pages go round in a circle does not keep the sync for ever", async () => {
  const page = (cursor: string) => () => ({ members: [{ who: { kind: "user", value: cursor } }], cursor });
  const one = scripted("one", [page("1"), page("2"), page("1"), page("2"), () => ({ items: [] })], {
    hooks: ["list_members", "add_member", "remove_member"],
  });
  const host = await opened(one);

  const sync = await host.syncMembers("one:g", ["1", "2"]);

  expect(sync).toMatchObject({ status: "ok", unchanged: 2 });
});

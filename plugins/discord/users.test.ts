import { expect, test } from "vitest";
import { ids } from "./test/discordState.ts";
import { openDiscord } from "./test/openDiscord.ts";

const users = { "Anna@Example.com": ids.anna, ben: ids.ben };

test.each(["channel", "role"])(
  "members are named by the names of the settings, and then a sync changes nothing (%s)",
  async (mode) => {
    const open = await openDiscord({ users, group_mode: mode });
    const members = ["anna@example.com", { kind: "user" as const, value: "ben" }, ids.shy];

    const made = await open.call("create_group", { name: "Blue", members });
    const group = String(made.value?.id);
    const { value } = await open.call("list_members", { group });
    open.platform.requests.length = 0;
    const sync = await open.host.syncMembers({ channel: "discord", group }, ["ANNA@example.com", "ben", ids.shy]);

    expect(made.items).toMatchObject([
      { subject: "anna@example.com", status: "added" },
      { subject: "ben", status: "added" },
      { subject: ids.shy, status: "added" },
    ]);
    expect(value?.members).toMatchObject([
      { who: { kind: "email", value: "Anna@Example.com" } },
      { who: { kind: "address", value: "ben" } },
      { who: { kind: "user", value: ids.shy } },
    ]);
    expect(sync).toMatchObject({ status: "ok", items: [], unchanged: 3 });
    expect(open.sent().filter((line) => !line.startsWith("GET"))).toEqual([]);
  },
);

test.each(["channel", "role"])("a sync adds and removes by these names (%s)", async (mode) => {
  const open = await openDiscord({ users, group_mode: mode });
  const group = mode === "channel" ? ids.team : ids.role;

  const sync = await open.host.syncMembers({ channel: "discord", group }, ["anna@example.com"]);

  expect(sync.items).toMatchObject([
    { subject: "anna@example.com", status: "added" },
    { subject: "ben", status: "removed" },
  ]);
});

test("a message to such a name goes to the person; to a name that is none of them, to nobody", async () => {
  const open = await openDiscord({ users });

  const sent = await open.call("send_message", { to: ["anna@example.com", "Ben", "carl@example.com"], content: "Hi" });

  expect(sent.items?.map(({ status, error }) => error?.code ?? status)).toEqual([
    "sent",
    "invalid_recipient",
    "invalid_recipient",
  ]);
  expect(open.platform.requests[0]?.json).toEqual({ recipient_id: ids.anna });
});

test("who is named by a kind that Discord has not, and not in `users`, is left to another instance", async () => {
  const open = await openDiscord({ users });
  const carl = { kind: "email" as const, value: "carl@example.com" };

  const sent = await open.call("send_message", { to: carl, content: "Hi" });
  const added = await open.call("add_member", { group: ids.team, members: [carl, { kind: "group", value: ids.team }] });

  expect(sent.error).toMatchObject({ code: "unsupported", failover: true, penalize: "never", dispatched: "no" });
  expect(added.items?.map(({ error }) => error?.code)).toEqual(["unsupported", "unsupported"]);
});

test.each([
  ["two names of one user", { "anna@example.com": ids.anna, anna: ids.anna }],
  ["one address twice", { "anna@example.com": ids.anna, "Anna@example.com": ids.ben }],
  ["a name that stands for no id", { anna: "@anna" }],
])("%s is refused at the start", async (_, wrong) => {
  const opening = openDiscord({ users: wrong });

  await expect(opening).rejects.toThrow(/users/);
});

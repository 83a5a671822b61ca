// One group on several platforms: created with members, kept in step, written to, deleted. Which platforms: groups.yml says.
// expect: create_group ok: 2 groups
// expect: syncMembers ok: 1 added, 1 removed, 1 unchanged
// expect: send_message ok
// expect: delete_group ok
import { join } from "node:path";
import { createHost, type Outcome, unwrap } from "hookline";

const team = { name: "Project Blue", external_id: "project-blue", members: ["anna@example.com", "ben@example.com"] };

const host = await createHost({ config: process.env.HOOKLINE_CONFIG ?? join(import.meta.dirname, "groups.yml") });

// "team" is a channel of the configuration: its rule says on which platforms the group is made.
const created = await host.call("create_group", { channel: "team", ...team });
const groups = Object.entries(created.channels ?? {}).map(([channel, outcome]) => ({ channel, group: unwrap(outcome).id }));
console.log(`create_group ${said(created)}: ${groups.length} groups`);

// Ben has left and Carla has come: the difference is what each platform is asked for.
for (const { group } of groups) {
  const { status, items, unchanged } = await host.syncMembers(group, ["anna@example.com", "carla@example.com"]);
  const count = (...kinds: string[]) => items.filter((item) => kinds.includes(item.status)).length;
  console.log(`syncMembers ${status}: ${count("added", "invited")} added, ${count("removed")} removed, ${unchanged} unchanged`);
}

for (const { channel, group } of groups) {
  const to = { kind: "group", value: group } as const;
  const content = { subject: "Welcome", text: "Hello, and welcome to Project Blue." };
  console.log(`send_message ${said(await host.call("send_message", { channel, to, content }))}`);
}

for (const { channel, group } of groups) {
  console.log(`delete_group ${said(await host.call("delete_group", { channel, group }))}`);
}
await host.close();

function said({ status, error, items = [] }: Outcome): string {
  const failed = items.flatMap((item) => item.error?.message ?? []);
  return [status, error?.message, ...failed].filter((part) => part !== undefined).join(", ");
}

import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { AnswerOf, CheckedRequestOf, CommunicationContract, Implementations, Item } from "hookline";
import { inGroup, refuseArchived } from "./groupFolder.ts";
import { nameFor } from "./names.ts";
import { problemWith } from "./recipients.ts";
import { createFile, hasCode, inTurn, json, namesIn, pageOf, readJson, replaceFile } from "./store.ts";

type Members = CheckedRequestOf<CommunicationContract, "add_member">["members"];
type Member = AnswerOf<CommunicationContract, "list_members">["members"][number];

/** The hooks of members: one file each, so that two who are added at the same moment are both there. */
export function memberHooks(root: string): Implementations {
  const groups = join(root, "groups");

  return {
    add_member: async ({ group, members }) => ({ items: await addMembers(groups, group, members) }),

    remove_member: ({ group, members }) =>
      inGroup(groups, group, async (folder) => ({ items: await inTurn(members, ({ who }) => removeOne(folder, who.value)) })),

    list_members: ({ group, cursor, limit }) =>
      inGroup(groups, group, async (folder) => {
        const page = pageOf(await namesIn(join(folder, "members")), { cursor, limit });
        const found = await inTurn(page.names, (name) => readJson<Member>(join(folder, "members", name)));
        return { members: found.filter((member) => member !== undefined), cursor: page.cursor };
      }),
  };
}

/** Adds members to a group, each with its own result. Throws `not_found` or, for an archived group, `conflict`. */
export function addMembers(groups: string, id: string, members: Members): Promise<Item[]> {
  return inGroup(groups, id, async (folder) => {
    await refuseArchived(folder, id);
    return inTurn(members, (member) => addOne(folder, member));
  });
}

async function addOne(folder: string, { who, role }: Members[number]): Promise<Item> {
  const problem = who.kind === "group" ? "a group cannot be a member of a group" : problemWith(who);
  if (problem !== undefined)
    return {
      subject: who.value,
      status: "failed",
      error: { code: who.kind === "group" ? "unsupported" : "invalid_recipient", message: problem },
    };
  const file = join(folder, "members", `${nameFor(who.value)}.json`);
  const added = await createFile(file, json({ who, role }));
  if (!added && role !== undefined) await replaceFile(file, json({ who, role }));
  return { subject: who.value, status: added ? "added" : "already" };
}

async function removeOne(folder: string, subject: string): Promise<Item> {
  try {
    await rm(join(folder, "members", `${nameFor(subject)}.json`));
    return { subject, status: "removed" };
  } catch (error) {
    if (hasCode(error, "ENOENT")) return { subject, status: "absent" };
    throw error;
  }
}

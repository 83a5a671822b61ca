import { createHash, randomUUID } from "node:crypto";
import {
  type CheckedRequestOf,
  type CommunicationContract,
  eachMember,
  type Group,
  HooklineError,
  type Implementations,
  type Item,
} from "hookline";
import { isArchived, noAddress, noList } from "./addressees.ts";
import { addressKey, addressOf } from "./addressOf.ts";
import type { List, ListFile, Lists } from "./listFile.ts";

type Member = CheckedRequestOf<CommunicationContract, "add_member">["members"][number];

/** The hooks of groups: a group is a distribution list in a file, and its members are addresses. */
export function listHooks(file: ListFile): Implementations {
  return {
    create_group: ({ name, description, external_id, visibility, members, if_exists, idempotency_key }) =>
      file.change(async (lists) => {
        const known = Object.entries(lists).find(([, list]) => external_id !== undefined && list.external_id === external_id);
        const id = known?.[0] ?? idFor(name, external_id ?? idempotency_key);
        const before = lists[id];
        if (known && if_exists === "fail") {
          const reason = `there is a list with external_id "${external_id}" already: ${id}`;
          throw new HooklineError("conflict", { reason });
        }
        const list = before ?? { name, description, external_id, visibility, members: [] };
        lists[id] = list;
        const items = members.length > 0 ? await eachMember(members, add(usable(list, id))) : undefined;
        return { ...groupOf(id, list), ...(before && { already: true }), items };
      }),

    get_group: async ({ group }) => groupOf(group, listOf(await file.read(), group)),

    update_group: ({ group, name, description, visibility }) =>
      file.change((lists) => {
        const list = usable(listOf(lists, group), group);
        const changed = {
          ...(name !== undefined && { name }),
          ...(description !== undefined && { description }),
          ...(visibility && { visibility }),
        };
        return groupOf(group, Object.assign(list, changed));
      }),

    delete_group: ({ group, mode }) =>
      file.change((lists) => {
        const list = listOf(lists, group);
        if (mode === "delete") delete lists[group];
        else list.archived = true;
        return { id: group, ...(mode === "archive" && { archived: true }) };
      }),

    async list_groups({ cursor, limit }) {
      const lists = await file.read();
      const page = pageOf(Object.keys(lists), { cursor, limit });
      return { groups: page.keys.map((id) => groupOf(id, listOf(lists, id))), cursor: page.cursor };
    },

    add_member: ({ group, members }) =>
      file.change(async (lists) => ({ items: await eachMember(members, add(usable(listOf(lists, group), group))) })),

    remove_member: ({ group, members }) =>
      file.change(async (lists) => ({ items: await eachMember(members, remove(usable(listOf(lists, group), group))) })),

    async list_members({ group, cursor, limit }) {
      const { members } = listOf(await file.read(), group);
      const byKey = new Map(members.map((member) => [addressKey(member.address), member]));
      const page = pageOf([...byKey.keys()], { cursor, limit });
      const found = page.keys.flatMap((key) => byKey.get(key) ?? []);
      return {
        members: found.map(({ address, name, role }) => ({ who: { kind: "email" as const, value: address, name }, role })),
        cursor: page.cursor,
      };
    },
  };
}

function add({ members }: List) {
  return async ({ who, role, mode }: Member): Promise<Item["status"]> => {
    const address = addressOf(who);
    if (!address) throw noAddress(who);
    if (mode === "invite") {
      const reason = "a list of this plugin has no invitations; ask the person yourself, then add them";
      throw new HooklineError("unsupported", { reason });
    }
    const known = members.find((member) => addressKey(member.address) === addressKey(address.address));
    const more = { ...(address.name !== "" && { name: address.name }), ...(role !== undefined && { role }) };
    if (known) Object.assign(known, more);
    else members.push({ address: address.address, ...more });
    return known ? "already" : "added";
  };
}

function remove({ members }: List) {
  return async ({ who }: Member): Promise<Item["status"]> => {
    const key = addressKey(addressOf(who)?.address ?? who.value);
    const place = members.findIndex((member) => addressKey(member.address) === key);
    if (place >= 0) members.splice(place, 1);
    return place >= 0 ? "removed" : "absent";
  };
}

function listOf(lists: Lists, id: string): List {
  const list = Object.hasOwn(lists, id) ? lists[id] : undefined;
  if (!list) throw noList(id);
  return list;
}

function usable(list: List, id: string): List {
  if (list.archived) throw isArchived(id);
  return list;
}

function groupOf(id: string, { name, description, external_id, visibility, archived }: List): Group {
  return { id, name, description, external_id, visibility, archived };
}

/** Readable, and the same for the same external_id or key. */
function idFor(name: string, same: string = randomUUID()): string {
  const words = name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replace(/^-|-$/g, "");
  return `${words || "list"}-${createHash("sha256").update(same).digest("hex").slice(0, 8)}`;
}

/** Those after the cursor, in order: what is added or removed between two pages makes none be skipped or repeated. */
function pageOf(
  all: readonly string[],
  { cursor = "", limit }: { cursor?: string; limit: number },
): { keys: string[]; cursor?: string } {
  const rest = all.filter((key) => key > cursor).sort();
  const keys = rest.slice(0, limit);
  return rest.length > limit ? { keys, cursor: keys.at(-1) } : { keys };
}

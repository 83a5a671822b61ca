import { randomBytes } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Group, Implementations } from "hookline";
import { HooklineError } from "hookline";
import { createGroupFolder, inGroup, refuseArchived } from "./groupFolder.ts";
import { addMembers } from "./members.ts";
import { hash, nameFor, newId } from "./names.ts";
import { createFile, inTurn, json, namesIn, pageOf, readJson, readText, replaceFile } from "./store.ts";

/** The hooks of groups. A group is a folder; every fact about it is a file, so that two changes at once lose nothing. */
export function groupHooks(root: string): Implementations {
  const groups = join(root, "groups");

  return {
    async create_group({ name, description, external_id, visibility, members, if_exists, idempotency_key }) {
      const id = external_id === undefined ? newId(name, idempotency_key) : nameFor(external_id);
      const by_key = idempotency_key === undefined ? undefined : hash(idempotency_key);
      const created = await createGroupFolder(join(groups, id), {
        "created.json": json({ created_at: new Date().toISOString(), external_id, by_key }),
        "name.txt": name,
        "visibility.txt": visibility,
        ...(description === undefined ? {} : { "description.txt": description }),
      });
      if (!created && external_id !== undefined && if_exists === "fail") {
        const before = await readJson<{ by_key?: string }>(join(groups, id, "created.json"));
        // The same call again, after its answer was lost, is no conflict.
        if (by_key === undefined || before?.by_key !== by_key)
          throw conflict(`there is a group with external_id "${external_id}" already: ${id}`);
      }
      const items = members.length > 0 ? await addMembers(groups, id, members) : undefined;
      return { ...(await readGroup(groups, id)), already: created ? undefined : true, items };
    },

    get_group: ({ group }) => readGroup(groups, group),

    async update_group({ group, name, description, visibility }) {
      await inGroup(groups, group, async (folder) => {
        await refuseArchived(folder, group);
        for (const [field, value] of Object.entries({ name, description, visibility })) {
          if (value !== undefined) await replaceFile(join(folder, `${field}.txt`), value);
        }
      });
      return readGroup(groups, group);
    },

    delete_group: ({ group, mode }) =>
      inGroup(groups, group, async (folder) => {
        if (mode === "archive") {
          await createFile(join(folder, "archived.txt"), new Date().toISOString());
          return { id: group, archived: true };
        }
        const rubbish = join(groups, `.${randomBytes(8).toString("hex")}.deleted`);
        // Gone at once for everybody; the many files go afterwards.
        await rename(folder, rubbish);
        await rm(rubbish, { recursive: true, force: true });
        return { id: group };
      }),

    async list_groups({ cursor, limit }) {
      const page = pageOf(await namesIn(groups), { cursor, limit });
      const found = await inTurn(page.names, (id) => readGroup(groups, id).catch(unlessGone));
      return { groups: found.filter((group) => group !== undefined), cursor: page.cursor };
    },
  };
}

function readGroup(groups: string, id: string): Promise<Group> {
  return inGroup(groups, id, async (folder) => {
    const [created, name, description, visibility, archived] = await Promise.all([
      readJson<{ external_id?: string }>(join(folder, "created.json")),
      ...["name.txt", "description.txt", "visibility.txt", "archived.txt"].map((file) => readText(join(folder, file))),
    ]);
    return {
      id,
      name: name?.trim() || id,
      description: description?.trimEnd(),
      external_id: created?.external_id,
      visibility: visibility?.trim() === "public" ? "public" : "private",
      archived: archived === undefined ? undefined : true,
      url: pathToFileURL(folder).href,
    };
  });
}

/** A group that was deleted while the page was read is left out. */
function unlessGone(error: unknown): undefined {
  if (!HooklineError.is(error) || error.code !== "not_found") throw error;
}

function conflict(reason: string): HooklineError {
  return new HooklineError("conflict", { reason });
}

import { eachMember, type Group, HooklineError, type Implementations, type Item, z } from "hookline";
import type { Api } from "./createApi.ts";
import type { Settings } from "./index.ts";
import { phoneFor } from "./recipientFor.ts";

const product = { messaging_product: "whatsapp" };
const mostParticipants = 8;

const created = z.looseObject({ request_id: z.string().min(1) });
const taken = z.looseObject({ success: z.literal([true, "true"]).optional(), error: z.undefined().optional() });
const deleted = taken.required({ success: true });
const invite = z.looseObject({ invite_link: z.string().min(1) });
const groupInfo = z.looseObject({
  subject: z.string(),
  description: z.string().optional(),
  suspended: z.boolean().optional(),
  participants: z.array(z.looseObject({ wa_id: z.string() })).default([]),
});
const groupPage = z.looseObject({
  data: z.looseObject({ groups: z.array(z.looseObject({ id: z.string(), subject: z.string() })) }),
  paging: z
    .looseObject({ cursors: z.looseObject({ after: z.string().optional() }).optional(), next: z.string().optional() })
    .optional(),
});

type GroupHooks = Pick<
  Implementations,
  "create_group" | "get_group" | "update_group" | "delete_group" | "list_groups" | "add_member" | "remove_member" | "list_members"
>;

/** Groups of the Cloud API. What changes them is asynchronous: Meta says by the webhook what has become of it. */
export function groupHooks(
  api: Api,
  { phone_number_id, join_approval_mode, invite_template, template_language }: Settings,
): GroupHooks {
  const read = async (group: string, signal: AbortSignal) => {
    const query = { fields: "subject,description,suspended,participants" };
    return api(groupInfo, "GET", encodeURIComponent(group), { query, signal });
  };
  const participantsOf = async (group: string, signal: AbortSignal) =>
    new Set((await read(group, signal)).participants.map(({ wa_id }) => wa_id));

  return {
    async create_group({ name, description, external_id, visibility, members }, { signal }) {
      refusePublic(visibility);
      if (external_id !== undefined)
        throw unsupported("WhatsApp keeps no external_id of a group; keep the id that group_created brings");
      const json = { ...product, subject: name, ...(description !== undefined && { description }), join_approval_mode };
      const { request_id } = await api(created, "POST", `${phone_number_id}/groups`, { json, signal });
      const error = { code: "unsupported", message: "nobody can be invited yet: call add_member when group_created has come" };
      const items = members.map(({ who }): Item => ({ subject: who.value, status: "failed", error }));
      const waiting = { id: request_id, name, visibility: "private", pending: true } as const;
      return { ...waiting, ...(description !== undefined && { description }), ...(items.length > 0 && { items }) };
    },

    async get_group({ group }, { signal }) {
      return groupOf(group, await read(group, signal));
    },

    async update_group({ group, name, description, visibility }, { signal }) {
      refusePublic(visibility);
      const before = groupOf(group, await read(group, signal));
      const changes = { ...(name !== undefined && { subject: name }), ...(description !== undefined && { description }) };
      if (Object.keys(changes).length === 0) return before;
      await api(taken, "POST", encodeURIComponent(group), { json: { ...product, ...changes }, signal });
      return { ...before, name: name ?? before.name, description: description ?? before.description, pending: true };
    },

    async delete_group({ group, mode }, { signal }) {
      if (mode === "archive") throw unsupported("WhatsApp cannot archive a group for all; delete it, or leave it");
      await api(deleted, "DELETE", encodeURIComponent(group), { signal });
      return { id: group };
    },

    async list_groups({ cursor, limit }, { signal }) {
      const { data, paging } = await api(groupPage, "GET", `${phone_number_id}/groups`, {
        query: { limit, after: cursor },
        signal,
      });
      const groups = data.groups.map(({ id, subject }): Group => ({ id, name: subject, visibility: "private" }));
      // The last page has a cursor, too; it is the last when it is not full.
      const hasMore = paging?.next !== undefined || groups.length >= limit;
      const after = hasMore ? paging?.cursors?.after : undefined;
      return { groups, ...(after !== undefined && { cursor: after }) };
    },

    async add_member({ group, members }, { signal }) {
      const inside = await participantsOf(group, signal);
      const { invite_link } = await api(invite, "GET", `${encodeURIComponent(group)}/invite_link`, { signal });
      const isFull = inside.size >= mostParticipants;
      const invitation = async ({ who, mode }: (typeof members)[number]): Promise<Omit<Item, "subject">> => {
        const phone = phoneFor(who);
        if (inside.has(phone.slice(1))) return { status: "already" };
        if (mode === "add") throw unsupported("nobody can be put into a WhatsApp group; use the mode invite or auto");
        if (isFull)
          throw new HooklineError("conflict", { reason: `the group has ${mostParticipants} members, and no place for another` });
        if (invite_template !== undefined) await sendInvitation(phone, invite_template, invite_link, signal);
        return { status: "invited", ref: invite_link };
      };
      return { items: await eachMember(members, invitation, { isOfOne }) };
    },

    async remove_member({ group, members }, { signal }) {
      const inside = await participantsOf(group, signal);
      const items = await eachMember(members, async ({ who }) => (inside.has(phoneFor(who).slice(1)) ? "pending" : "absent"));
      const leaving = new Set(members.filter((_, index) => items[index]?.status === "pending").map(({ who }) => phoneFor(who)));
      if (leaving.size === 0) return { items };
      const participants = [...leaving].map((user) => ({ user }));
      await api(taken, "DELETE", `${encodeURIComponent(group)}/participants`, { json: { ...product, participants }, signal });
      return { items };
    },

    async list_members({ group }, { signal }) {
      const inside = await participantsOf(group, signal);
      return { members: [...inside].map((wa_id) => ({ who: { kind: "phone", value: `+${wa_id}` } })) };
    },
  };

  async function sendInvitation(to: string, name: string, link: string, signal: AbortSignal): Promise<void> {
    const language = { policy: "deterministic", code: template_language };
    const template = { name, language, components: [{ type: "body", parameters: [{ type: "text", text: link }] }] };
    const json = { ...product, recipient_type: "individual", to, type: "template", template };
    await api(z.looseObject({ messages: z.array(z.looseObject({})).min(1) }), "POST", `${phone_number_id}/messages`, {
      json,
      signal,
    });
  }
}

function groupOf(id: string, { subject, description, suspended }: z.output<typeof groupInfo>): Group {
  const more = { ...(description !== undefined && { description }), ...(suspended === true && { archived: true }) };
  return { id, name: subject, visibility: "private", ...more };
}

/** A limit of one person is theirs alone. A wrong variable of the template concerns all. */
function isOfOne({ code, penalize }: HooklineError): boolean {
  return penalize === "never" || code === "unsupported" || code === "conflict";
}

function refusePublic(visibility: "public" | "private" | undefined): void {
  if (visibility === "public") throw unsupported("a WhatsApp group cannot be public: people come by its invite link only");
}

function unsupported(reason: string): HooklineError {
  return new HooklineError("unsupported", { reason });
}

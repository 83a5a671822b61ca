import {
  type CheckedRequestOf,
  type CommunicationContract,
  type ErrorCode,
  eachMember,
  HooklineError,
  type Implementations,
  type Item,
  z,
} from "hookline";
import { type BotApi, done } from "./botApi.ts";
import { chatOfGroup } from "./places.ts";

type Member = CheckedRequestOf<CommunicationContract, "add_member">["members"][number];
type Fate = Item["status"] | Omit<Item, "subject">;
type Standing = "absent" | "banned" | "member" | "administrator";

const user = z.object({ id: z.int(), is_bot: z.boolean(), first_name: z.string(), last_name: z.string().optional() });
const chatMember = z.object({ status: z.string(), is_member: z.boolean().optional(), user });
const inviteLink = z.object({ invite_link: z.string().min(1) });

/** The hooks of members. They are those of the whole supergroup: a topic has none of its own. */
export function memberHooks(api: BotApi): Pick<Implementations, "add_member" | "remove_member" | "list_members"> {
  return {
    async add_member({ group, members }, { signal }) {
      const chat_id = chatOfGroup(group);
      return { items: await eachMember(members, (member) => invite(api, chat_id, member, signal)) };
    },

    async remove_member({ group, members }, { signal }) {
      const chat_id = chatOfGroup(group);
      return { items: await eachMember(members, ({ who }) => remove(api, chat_id, who, signal)) };
    },

    async list_members({ group, cursor = "0", limit }, { signal }) {
      const administrators = await api("getChatAdministrators", { chat_id: chatOfGroup(group) }, z.array(chatMember), { signal });
      // This bot is one of them, and nobody wants it removed by a comparison of members.
      const people = administrators.filter((member) => !member.user.is_bot);
      const end = Number(cursor) + limit;
      const members = people.slice(Number(cursor), end).map(({ status, user: { id, first_name, last_name = "" } }) => ({
        who: { kind: "user" as const, value: String(id), name: `${first_name} ${last_name}`.trim() },
        role: status,
      }));
      return { members, ...(end < people.length && { cursor: String(end) }) };
    },
  };
}

/** Makes a link for one person, to be passed on to them: the `ref` of the item. Who is in the chat already needs none. */
export async function invite(api: BotApi, chat_id: number | string, { who, mode }: Member, signal: AbortSignal): Promise<Fate> {
  const { value } = who;
  if (mode === "add") return failed("unsupported", "a bot can add nobody to a Telegram group; use the mode invite");
  const standing = await standingOf(api, chat_id, userIdOf(who), signal);
  if (standing === "banned")
    return failed("permission", `${value} is banned from the chat; an administrator has to lift that first`);
  if (standing !== "absent") return "already";
  // The name comes back in the event of who has joined by the link.
  const name = [...value].slice(0, 32).join("");
  const { invite_link } = await api("createChatInviteLink", { chat_id, name, member_limit: 1 }, inviteLink, { signal });
  return { status: "invited", ref: invite_link };
}

async function remove(api: BotApi, chat_id: number | string, who: Member["who"], signal: AbortSignal): Promise<Fate> {
  if (who.kind !== "user" && who.kind !== "address")
    return failed("unsupported", `Telegram finds no member by the kind ${who.kind}; give the id of the user`);
  const user_id = userIdOf(who);
  if (user_id === undefined)
    return failed("invalid_recipient", `${JSON.stringify(who.value.slice(0, 60))} is no id of a Telegram user`);
  const standing = await standingOf(api, chat_id, user_id, signal);
  if (standing === "administrator")
    return failed("permission", `${who.value} is an administrator of the chat; take that right away first`);
  // One who is banned would be let in again.
  if (standing !== "member") return "absent";
  // "If the user is a member of the chat they will also be removed": one request, and nobody stays banned by half of two.
  await api("unbanChatMember", { chat_id, user_id }, done, { signal });
  return "removed";
}

/** What somebody is in the chat; "absent" also for those whom Telegram cannot know. */
async function standingOf(
  api: BotApi,
  chat_id: number | string,
  user_id: number | undefined,
  signal: AbortSignal,
): Promise<Standing> {
  if (user_id === undefined) return "absent";
  try {
    const { status, is_member = true } = await api("getChatMember", { chat_id, user_id }, chatMember, { signal });
    if (status === "kicked") return "banned";
    if (status === "creator" || status === "administrator") return "administrator";
    return status === "left" || !is_member ? "absent" : "member";
  } catch (error) {
    if (HooklineError.is(error) && error.code === "invalid_recipient") return "absent";
    throw error;
  }
}

function userIdOf({ kind, value }: Member["who"]): number | undefined {
  return (kind === "user" || kind === "address") && /^[1-9]\d{0,15}$/.test(value) ? Number(value) : undefined;
}

/** About this one only, whatever the code says of others. */
function failed(code: ErrorCode, message: string): Fate {
  return { status: "failed", error: { code, message } };
}

import { type CheckedRequestOf, type CommunicationContract, HooklineError, type Item, type Recipient, z } from "hookline";
import type { Slack } from "./connect.ts";
import { recipientId } from "./recipientId.ts";
import { slackError } from "./slackErrors.ts";

type Member = CheckedRequestOf<CommunicationContract, "add_member">["members"][number];

const invitation = "conversations.invite";
const invited = z.object({ errors: z.array(z.object({ user: z.string(), error: z.string() })).optional() });
const page = z.object({
  members: z.array(z.string()),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
const withProfile = z.object({ user: z.object({ profile: z.object({ email: z.string().min(1).optional() }).optional() }) });
// The documents say "under 1000".
const longestPage = 999;
const isIn = ["already_in_channel", "cant_invite_self"];
// By `not_in_channel` Slack means the user here: https://docs.slack.dev/reference/methods/conversations.kick
const isOut = ["not_in_channel", "user_not_in_channel", "user_not_found", "users_not_found"];

/**
 * Adds members to a channel, in one request when nothing is wrong with any of them. What is wrong with one is in its item; what is
 * wrong with all is thrown.
 */
export async function addMembers(slack: Slack, channel: string, members: readonly Member[]): Promise<Item[]> {
  const ids = new Map<Member, string>();
  const refused = new Map<Member, HooklineError>();
  for (const member of members) {
    try {
      if (member.role === undefined || member.role === "member") ids.set(member, await memberId(slack, member.who));
      else refused.set(member, withoutRole(member.role));
    } catch (error) {
      if (!HooklineError.is(error) || !isOfMember(error)) throw error;
      refused.set(member, error);
    }
  }
  const words = ids.size === 0 ? new Map<string, string>() : await invite(slack, channel, [...new Set(ids.values())]);
  return members.map((member) => {
    const word = words.get(ids.get(member) ?? "");
    const error = refused.get(member) ?? (word === undefined || isIn.includes(word) ? undefined : slackError(word, invitation));
    return error ? failed(member, error) : { subject: member.who.value, status: word === undefined ? "added" : "already" };
  });
}

/** The items of members of whom nobody could be added, all for the same reason. */
export function allFailed(members: readonly Member[]): (error: unknown) => Item[] {
  return (error) => {
    if (!HooklineError.is(error)) throw error;
    return members.map((member) => failed(member, error));
  };
}

/** Removes members one after the other: Slack takes one at a time. What stops it half-way is in the items of those who are left. */
export async function removeMembers(slack: Slack, channel: string, members: readonly Member[]): Promise<Item[]> {
  const items: Item[] = [];
  let stop: HooklineError | undefined;
  for (const member of members) {
    try {
      if (stop) throw stop;
      const user = await memberId(slack, member.who);
      await slack("conversations.kick", { channel, user }, z.object({}));
      items.push({ subject: member.who.value, status: "removed" });
    } catch (error) {
      if (!HooklineError.is(error)) throw error;
      const isAbsent = isOut.includes(String(error.details.slack));
      const isOfAll = !isAbsent && !isOfMember(error);
      if (isOfAll && items.every(({ status }) => status !== "removed")) throw error;
      if (isOfAll) stop ??= new HooklineError(error.code, { ...error.details, dispatched: "no" }, { cause: error });
      items.push(isAbsent ? { subject: member.who.value, status: "absent" } : failed(member, error));
    }
  }
  return items;
}

/** Lists the members of a channel, a page at a time. */
export async function listMembers(
  slack: Slack,
  { group, cursor, limit }: { group: string; cursor?: string | undefined; limit: number },
  { without, as }: { without: string; as: "user" | "email" },
): Promise<{ members: { who: Recipient }[]; cursor: string | undefined }> {
  const args = { channel: group, cursor, limit: Math.min(limit, longestPage) };
  const { members, response_metadata } = await slack("conversations.members", args, page);
  const people: Recipient[] = [];
  for (const value of members) {
    if (value === without) continue;
    const email = as === "email" ? (await slack("users.info", { user: value }, withProfile)).user.profile?.email : undefined;
    people.push(email === undefined ? { kind: "user", value } : { kind: "email", value: email });
  }
  return { members: people.map((who) => ({ who })), cursor: response_metadata?.next_cursor || undefined };
}

/** The id of a person. Throws `invalid_recipient` for what is none: several go to Slack in one text, with commas between them. */
async function memberId(slack: Slack, who: Recipient): Promise<string> {
  const id = await recipientId(slack, who);
  if (/^[A-Z0-9]+$/.test(id)) return id;
  throw new HooklineError("invalid_recipient", { reason: `"${id}" is no member id of Slack's (U…) and no e-mail address` });
}

/** Slack's word for each user who was not added. */
async function invite(slack: Slack, channel: string, users: readonly string[]): Promise<Map<string, string>> {
  try {
    const args = { channel, users: users.join(","), ...(users.length > 1 && { force: true }) };
    const { errors = [] } = await slack(invitation, args, invited);
    return new Map(errors.map(({ user, error }) => [user, error]));
  } catch (error) {
    const { slack: word, users: named } = HooklineError.is(error) ? error.details : {};
    if (typeof word !== "string") throw error;
    const words = new Map(named instanceof Map ? named : []);
    const rest = users.filter((user) => !words.has(user));
    // Because of those it names, Slack may have added nobody.
    if (rest.length < users.length)
      return rest.length === 0 ? words : new Map([...words, ...(await invite(slack, channel, rest))]);
    if (!isOfMember(error) && !isIn.includes(word)) throw error;
    const [only, ...others] = users;
    if (only !== undefined && others.length === 0) return new Map([[only, word]]);
    const answers: [string, string][] = [];
    for (const user of users) answers.push(...(await invite(slack, channel, [user])));
    return new Map(answers);
  }
}

function isOfMember(error: unknown): boolean {
  return HooklineError.is(error) && error.code === "invalid_recipient";
}

function withoutRole(role: string): HooklineError {
  return new HooklineError("unsupported", { reason: `a channel in Slack has no roles, so nobody can be its ${role}` });
}

function failed({ who }: Member, { code, message, dispatched }: HooklineError): Item {
  return { subject: who.value, status: "failed", error: { code, message, dispatched } };
}

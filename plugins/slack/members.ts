import {
  type CheckedRequestOf,
  type CommunicationContract,
  eachMember,
  HooklineError,
  type Item,
  type Recipient,
  z,
} from "hookline";
import type { Slack } from "./connect.ts";
import { recipientId } from "./recipientId.ts";
import { nothingDone, slackError, wordOf } from "./slackErrors.ts";

type Member = CheckedRequestOf<CommunicationContract, "add_member">["members"][number];

const invitation = "conversations.invite";
const invited = z.object({ errors: z.array(z.object({ user: z.string(), error: z.string() })).default([]) });
const page = z.object({
  members: z.array(z.string()),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
const withProfile = z.object({ user: z.object({ profile: z.object({ email: z.string().min(1).optional() }).optional() }) });
const withMembership = z.object({ channel: z.object({ is_member: z.boolean().optional() }) });
// The documents say "under 1000".
const longestPage = 999;
const isIn = ["already_in_channel", "cant_invite_self"];
const isOut = ["not_in_channel", "user_not_in_channel", "user_not_found", "users_not_found"];
/** A kind of recipient that Slack has not is `unsupported`, and counts against nobody; another `unsupported` is about the channel. */
const isOfOne = ({ code, penalize }: HooklineError) => code === "invalid_recipient" || penalize === "never";

/**
 * Adds members to a channel, in one request when nothing is wrong with any of them. What is wrong with one is in its item; what is
 * wrong with all is thrown.
 */
export async function addMembers(slack: Slack, channel: string, members: readonly Member[]): Promise<Item[]> {
  const users = new Map<Member, string>();
  const refused = new Map<Member, HooklineError>();
  for (const member of members) {
    try {
      users.set(member, await memberId(slack, member));
    } catch (error) {
      if (!HooklineError.is(error) || !(isOfOne(error) || error.code === "unsupported")) throw error;
      refused.set(member, error);
    }
  }
  const words = await inviteTogether(slack, channel, [...new Set(users.values())]);
  const act = async (member: Member): Promise<Item["status"] | Omit<Item, "subject">> => {
    const user = users.get(member) ?? "";
    const error = refused.get(member);
    if (error) return failed(error);
    const word = words.has(user) ? words.get(user) : await inviteAlone(slack, channel, user);
    if (word === undefined) return "added";
    return isIn.includes(word) ? "already" : failed(slackError(word, invitation));
  };
  return await eachMember(members, act, { isOfOne, hasActed: words.size > 0 });
}

/** Removes members one after the other: Slack takes one at a time. */
export async function removeMembers(slack: Slack, channel: string, members: readonly Member[]): Promise<Item[]> {
  const remove = async ({ who }: Member) => {
    try {
      const user = await memberId(slack, { who });
      await slack("conversations.kick", { channel, user }, z.object({}));
      return "removed";
    } catch (error) {
      const word = wordOf(error);
      if (!isOut.includes(word)) throw error;
      // It may be the app that is not in the channel: https://docs.slack.dev/reference/methods/conversations.kick does not say.
      const asked =
        word === "not_in_channel" && (await slack("conversations.info", { channel }, withMembership).catch(nothingDone));
      if (asked && asked.channel.is_member === false) throw error;
      return "absent";
    }
  };
  return await eachMember(members, remove, { isOfOne });
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
    const email = as === "email" ? await addressOf(slack, value) : undefined;
    people.push(email === undefined ? { kind: "user", value } : { kind: "email", value: email });
  }
  return { members: people.map((who) => ({ who })), cursor: response_metadata?.next_cursor || undefined };
}

async function addressOf(slack: Slack, user: string): Promise<string | undefined> {
  try {
    return (await slack("users.info", { user }, withProfile)).user.profile?.email;
  } catch (error) {
    // Somebody of another organisation, whom the app must not see, is in the channel all the same.
    if (HooklineError.is(error) && isOfOne(error)) return undefined;
    throw error;
  }
}

/** The id of a person. Throws `invalid_recipient` for what is none: several go to Slack in one text, with commas between them. */
async function memberId(
  slack: Slack,
  { who, role = "member" }: Pick<Member, "who"> & { role?: string | undefined },
): Promise<string> {
  if (role !== "member")
    throw new HooklineError("unsupported", { reason: `a channel in Slack has no roles, so nobody can be its ${role}` });
  if (who.kind === "group")
    throw new HooklineError("unsupported", { reason: "a channel in Slack has no groups as members", penalize: "never" });
  const id = await recipientId(slack, who);
  if (/^[A-Z0-9]+$/.test(id)) return id;
  throw new HooklineError("invalid_recipient", { reason: `"${id}" is no member id of Slack's (U…) and no e-mail address` });
}

/**
 * What Slack says of users in one request: nothing (`undefined`) of who was added, a word of who was not. Who is missing in the
 * answer is to be invited alone.
 */
async function inviteTogether(
  slack: Slack,
  channel: string,
  users: readonly string[],
): Promise<ReadonlyMap<string, string | undefined>> {
  if (users.length < 2) return new Map();
  try {
    const { errors } = await slack(invitation, { channel, users: users.join(","), force: true }, invited);
    const words = new Map(errors.map(({ user, error }) => [user, error]));
    return new Map(users.map((user) => [user, words.get(user)]));
  } catch (error) {
    const named =
      HooklineError.is(error) && error.details.users instanceof Map ? new Map<string, string>(error.details.users) : none;
    const rest = users.filter((user) => !named.has(user));
    // Because of those it names, Slack may have added nobody.
    if (rest.length < users.length) return new Map([...named, ...(await inviteTogether(slack, channel, rest))]);
    if ((HooklineError.is(error) && isOfOne(error)) || isIn.includes(wordOf(error))) return none;
    throw error;
  }
}

const none: ReadonlyMap<string, string> = new Map();

async function inviteAlone(slack: Slack, channel: string, user: string): Promise<string | undefined> {
  try {
    const { errors } = await slack(invitation, { channel, users: user }, invited);
    return errors[0]?.error;
  } catch (error) {
    if (isIn.includes(wordOf(error))) return wordOf(error);
    throw error;
  }
}

function failed({ code, message, dispatched }: HooklineError): Omit<Item, "subject"> {
  return { status: "failed", error: { code, message, dispatched } };
}

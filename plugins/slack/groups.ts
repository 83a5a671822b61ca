import { type CheckedRequestOf, type CommunicationContract, type Group, HooklineError, type Log, z } from "hookline";
import type { Slack } from "./connect.ts";
import { nothingDone, wordOf } from "./slackErrors.ts";

type Request<Hook extends "create_group" | "update_group"> = CheckedRequestOf<CommunicationContract, Hook>;

const described = z.object({ value: z.string() }).optional().catch(undefined);
const conversation = z.object({
  id: z.string().min(1),
  name: z.string().optional(),
  is_private: z.boolean().optional(),
  is_archived: z.boolean().optional(),
  purpose: described,
});
const withConversation = z.object({ channel: conversation });
// Slack does not always say what became of the channel.
const changed = z.object({ channel: conversation.optional().catch(undefined) });
const listed = z.object({
  channels: z.array(conversation),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

// The documents say "under 1000".
const longestPage = 999;
const longestName = 80;
const longestPurpose = 250;

/** Creates a channel with its purpose and topic, or finds the one that has its name. Throws `conflict` when that one differs. */
export async function createGroup(slack: Slack, request: Request<"create_group">, types: string, log: Log): Promise<Group> {
  const { visibility } = request;
  const name = channelName(request.name);
  const steps = descriptions(request);
  let group: Group;
  try {
    const { channel } = await slack("conversations.create", { name, is_private: visibility === "private" }, withConversation);
    group = groupOf(channel);
  } catch (error) {
    if (request.if_exists === "fail" || wordOf(error) !== "name_taken") throw error;
    const there = await groupNamed(slack, name, types).catch(nothingDone);
    const difference = there && differenceOf(there, visibility);
    if (there && !difference) return { ...there, already: true };
    const reason = `the name ${name} belongs to a channel that ${difference ?? "the app cannot see"}; take another name`;
    throw new HooklineError("conflict", { reason }, { cause: error });
  }
  for (const { method, args } of steps) {
    try {
      await slack(method, { channel: group.id, ...args }, z.object({}));
      group = { ...group, description: args.purpose ?? group.description };
    } catch (error) {
      // The channel is there now, so it is answered, whatever becomes of the rest.
      log.warn(`#${name} was created, and ${method} failed`, { error: String(error) });
    }
  }
  return group;
}

/** Changes name, purpose and topic of a channel, one request for each. Throws `unsupported` for its visibility. */
export async function updateGroup(slack: Slack, { group: channel, ...request }: Request<"update_group">): Promise<Group> {
  if (request.visibility !== undefined)
    throw new HooklineError("unsupported", { reason: "an app cannot make a channel private or public; do it in Slack" });
  const name = request.name === undefined ? undefined : channelName(request.name);
  const steps = [...(name === undefined ? [] : [{ method: "conversations.rename", args: { name } }]), ...descriptions(request)];

  let latest: z.output<typeof conversation> | undefined;
  for (const [done, { method, args }] of steps.entries()) {
    ({ channel: latest } = await slack(method, { channel, ...args }, changed).catch(saying(steps.slice(0, done))));
  }
  return latest ? groupOf(latest) : await getGroup(slack, channel).catch(saying(steps));
}

/** Reads one channel. */
export async function getGroup(slack: Slack, channel: string): Promise<Group> {
  return groupOf((await slack("conversations.info", { channel }, withConversation)).channel);
}

/** Lists the channels that are not archived, a page at a time. */
export async function listGroups(
  slack: Slack,
  types: string,
  { cursor, limit, archived = false }: { cursor?: string | undefined; limit: number; archived?: boolean },
): Promise<{ groups: Group[]; cursor: string | undefined }> {
  const args = { types, exclude_archived: !archived, limit: Math.min(limit, longestPage), cursor };
  const { channels, response_metadata } = await slack("conversations.list", args, listed);
  // An empty text is the last page.
  return { groups: channels.map(groupOf), cursor: response_metadata?.next_cursor || undefined };
}

async function groupNamed(slack: Slack, name: string, types: string): Promise<Group | undefined> {
  let cursor: string | undefined;
  do {
    const page = await listGroups(slack, types, { cursor, limit: longestPage, archived: true });
    const found = page.groups.find((group) => group.name === name);
    if (found) return found;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

function differenceOf(there: Group, visibility: Group["visibility"]): string | undefined {
  if (there.archived) return "is archived (unarchive it in Slack)";
  return there.visibility === visibility ? undefined : `is ${there.visibility}, not ${visibility}`;
}

function groupOf({ id, name, is_private, is_archived, purpose }: z.output<typeof conversation>): Group {
  return {
    id,
    // A direct message has none.
    name: name ?? id,
    description: purpose?.value || undefined,
    visibility: is_private ? "private" : "public",
    ...(is_archived && { archived: true }),
  };
}

/**
 * A name as Slack takes it: lower case, with hyphens between its words. Throws `invalid_request` when nothing is left of it, or too much.
 * https://docs.slack.dev/reference/methods/conversations.create#naming
 */
function channelName(name: string): string {
  const lower = name.normalize("NFC").toLowerCase();
  const slug = lower.replace(/[^\p{L}\p{M}\p{N}_-]+/gu, "-").replace(/^-+|-+$/g, "");
  const { length } = [...slug];
  if (/[\p{L}\p{N}]/u.test(slug) && length <= longestName) return slug;
  const reason = `a channel's name in Slack has a letter or digit and at most ${longestName} characters; of "${name}" it is "${slug}" (${length})`;
  throw new HooklineError("invalid_request", { reason });
}

interface Step {
  method: string;
  args: { purpose?: string; topic?: string };
}

/** The requests that set purpose and topic. Throws `payload_too_large`; how long a topic is, the manifest says. */
function descriptions({
  description: purpose,
  provider_options,
}: Pick<Request<"update_group">, "description" | "provider_options">): Step[] {
  const topic = provider_options?.slack?.topic;
  const { length } = [...(purpose ?? "")];
  if (length > longestPurpose) {
    const reason = `the description has ${length} characters, and Slack takes ${longestPurpose}`;
    throw new HooklineError("payload_too_large", { reason });
  }
  return [
    ...(purpose === undefined ? [] : [{ method: "conversations.setPurpose", args: { purpose } }]),
    ...(topic === undefined ? [] : [{ method: "conversations.setTopic", args: { topic: String(topic) } }]),
  ];
}

/** What was done before an error has happened, whatever became of the rest. */
function saying(done: readonly { method: string }[]): (error: unknown) => never {
  return (error) => {
    if (!HooklineError.is(error) || done.length === 0) throw error;
    const reason = `${error.details.reason}; done before it: ${done.map(({ method }) => method).join(", ")}`;
    throw new HooklineError(error.code, { ...error.details, reason, dispatched: "yes" }, { cause: error.cause });
  };
}

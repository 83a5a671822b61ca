import { checkHooks, definePlugin, eachMember, HooklineError, z } from "hookline";
import { composeMessage } from "./composeMessage.ts";
import { connect, type Slack } from "./connect.ts";
import { createGroup, getGroup, listGroups, updateGroup } from "./groups.ts";
import { addMembers, listMembers, removeMembers } from "./members.ts";
import { messageId, messageRef } from "./messageRef.ts";
import { receive } from "./receive.ts";
import { recipientId } from "./recipientId.ts";
import { wordOf } from "./slackErrors.ts";

interface Settings {
  token: string;
  signing_secret?: string;
  api_url: string;
  team_id?: string;
  conversation_types: string[];
  members_as: "user" | "email";
}

const posted = z.object({ channel: z.string().min(1), ts: z.string().min(1) });
const identity = z.object({ user_id: z.string().min(1), user: z.string().optional(), team: z.string().optional() });

/** Conversations, members and messages of a Slack workspace through its Web API, and its events. */
export default definePlugin<Settings>({
  setup({ config, http, log }) {
    const { signing_secret, members_as } = config;
    const types = config.conversation_types.join(",");
    const connected = ({ signal }: { signal: AbortSignal }): Slack => connect(config, http, signal);
    /** The app's own user and workspace, once Slack has said so. */
    let me: z.output<typeof identity> | undefined;
    const whoAmI = async (slack: Slack): Promise<z.output<typeof identity>> => {
      me = await slack("auth.test", {}, identity);
      return me;
    };

    return {
      async send_message(request, call) {
        const slack = connected(call);
        const message = composeMessage(request);
        const thread_ts = request.thread === undefined ? undefined : messageRef(request.thread).ts;
        // One at a time, as the manifest says.
        const [to] = request.to;
        if (!to) throw new HooklineError("invalid_request", { reason: "a message needs a recipient" });
        const channel = await recipientId(slack, to);
        const sent = await slack("chat.postMessage", { ...message, channel, thread_ts }, posted).catch(unreachable);
        const message_id = messageId(sent);
        return { message_id, items: [{ subject: to.value, status: "sent", ref: message_id }] };
      },

      async edit_message(request, call) {
        const message = composeMessage(request);
        // Those that are not named would stay.
        const args = { blocks: [], attachments: [], ...message, ...messageRef(request.message) };
        return { message_id: messageId(await connected(call)("chat.update", args, posted)) };
      },

      async delete_message({ message }, call) {
        return { message_id: messageId(await connected(call)("chat.delete", { ...messageRef(message) }, posted)) };
      },

      async create_group(request, call) {
        const slack = connected(call);
        const { members } = request;
        const group = await createGroup(slack, request, types, log);
        const nobodyAdded = (error: unknown) => eachMember(members, () => Promise.reject(error), { isOfOne: () => true });
        const items = await addMembers(slack, group.id, members).catch(nobodyAdded);
        return { ...group, ...(items.length > 0 && { items }) };
      },

      get_group: ({ group }, call) => getGroup(connected(call), group),
      update_group: (request, call) => updateGroup(connected(call), request),
      list_groups: ({ cursor, limit }, call) => listGroups(connected(call), types, { cursor, limit }),

      async delete_group({ group }, call) {
        await connected(call)("conversations.archive", { channel: group }, z.object({})).catch((error: unknown) => {
          if (wordOf(error) !== "already_archived") throw error;
        });
        return { id: group, archived: true };
      },

      async add_member({ group, members }, call) {
        return { items: await addMembers(connected(call), group, members) };
      },

      async remove_member({ group, members }, call) {
        return { items: await removeMembers(connected(call), group, members) };
      },

      async list_members(request, call) {
        const slack = connected(call);
        // The app is in every channel that it made; a sync would try to remove it.
        const { user_id: without } = me ?? (await whoAmI(slack));
        return await listMembers(slack, request, { without, as: members_as });
      },

      ...checkHooks((call) => whoAmI(connected(call)), { log }),
      ...(signing_secret !== undefined && { handle_webhook: (request) => receive(request, signing_secret) }),
    };
  },
});

/** A channel that a message is sent to is its recipient. */
function unreachable(error: unknown): never {
  if (!HooklineError.is(error) || !["channel_not_found", "is_archived"].includes(wordOf(error))) throw error;
  throw new HooklineError("invalid_recipient", error.details, { cause: error.cause });
}

import { type AllowedMentionsTypes, RESTJSONErrorCodes, Routes } from "discord-api-types/v10";
import { HooklineError, type Implementations } from "hookline";
import { composeMessage, nonceFor, replyTo } from "./composeMessage.ts";
import { saidCode } from "./inOurWords.ts";
import { type Ask, nothing, withId } from "./openApi.ts";
import type { People, Target } from "./people.ts";
import { messageOf } from "./snowflakes.ts";

/** What messages need of the settings. */
export interface MessageOptions {
  ask: Ask;
  people: People;
  groupMode: "channel" | "role";
  roleChannel: string | undefined;
  allowedMentions: readonly `${AllowedMentionsTypes}`[];
}

const mostRemembered = 10_000;

/** Messages to channels, people and roles. The id of a message is `CHANNEL/MESSAGE`: Discord finds it by both. */
export function messageHooks({ ask, people, groupMode, roleChannel, allowedMentions }: MessageOptions): Implementations {
  const directChannels = new Map<string, string>();

  /** The channel between the bot and a person. To open it tells nobody; to open many in a row is what Discord limits. */
  async function directChannel(recipient_id: string, signal: AbortSignal): Promise<string> {
    const known = directChannels.get(recipient_id);
    if (known !== undefined) return known;
    const { id } = await ask("post", Routes.userChannels(), withId, { body: { recipient_id }, signal, isPreparation: true });
    if (directChannels.size >= mostRemembered) directChannels.clear();
    directChannels.set(recipient_id, id);
    return id;
  }

  /** How to find the channel, once the message is known to be right; and the role that is pinged in it. */
  function placeOf({ kind, id }: Target): { open(signal: AbortSignal): string | Promise<string>; role?: string } {
    if (kind === "user") return { open: (signal) => directChannel(id, signal) };
    if (kind === "channel" || (kind === "group" && groupMode === "channel")) return { open: () => id };
    if (roleChannel !== undefined) return { open: () => roleChannel, role: id };
    throw new HooklineError("unsupported", {
      reason: `nobody can write to the role ${id} itself; set role_channel_id, where it is mentioned`,
    });
  }

  return {
    async send_message({ to, content, attachments, thread, provider_options, idempotency_key }, { signal }) {
      const [first, ...others] = to;
      // `limits` in the manifest says so, and the host calls once for each.
      if (!first || others.length > 0)
        throw new HooklineError("unsupported", { reason: "a message on Discord has one recipient" });
      const { open, role } = placeOf(people.targetOf(first));
      const answered = thread === undefined ? undefined : messageOf(thread);
      const { body, files } = composeMessage({ content, attachments, provider_options, allowedMentions, role });
      const channel = await open(signal);
      const whole = {
        ...body,
        ...(answered && replyTo(answered.channel, answered.message)),
        ...(idempotency_key !== undefined && nonceFor(idempotency_key, channel)),
      };
      const sending = ask("post", Routes.channelMessages(channel), withId, { body: whole, files, signal });
      const { id } = await sending.catch(unreachable);
      return { message_id: `${channel}/${id}` };
    },

    async edit_message({ message: ref, content, provider_options }, { signal }) {
      const { channel, message } = messageOf(ref);
      const { body } = composeMessage({ content, provider_options, allowedMentions });
      await ask("patch", Routes.channelMessage(channel, message), withId, { body, signal });
      return { message_id: ref };
    },

    async delete_message({ message: ref }, { signal }) {
      const { channel, message } = messageOf(ref);
      await ask("delete", Routes.channelMessage(channel, message), nothing, { signal });
      return { message_id: ref };
    },
  };
}

/** A channel that a message is sent to is its recipient. */
function unreachable(error: unknown): never {
  if (!HooklineError.is(error) || saidCode(error) !== RESTJSONErrorCodes.UnknownChannel) throw error;
  throw new HooklineError("invalid_recipient", error.details, { cause: error.cause });
}

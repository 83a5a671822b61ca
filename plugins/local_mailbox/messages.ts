import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { CheckedRequestOf, CommunicationContract, Implementations, Item, Recipient } from "hookline";
import { HooklineError } from "hookline";
import { inGroup, refuseArchived } from "./groupFolder.ts";
import { messageHistory } from "./messageHistory.ts";
import { isName, nameFor, newId } from "./names.ts";
import { problemWith } from "./recipients.ts";
import { createFile, hasCode, inTurn, json, namesIn } from "./store.ts";

type Attachments = NonNullable<CheckedRequestOf<CommunicationContract, "send_message">["attachments"]>;

/** The hooks of messages. One to a group lies once in the folder of the group, one to persons in the inbox of each. */
export function messageHooks(root: string): Implementations {
  const groups = join(root, "groups");
  const history = messageHistory(root);

  return {
    async send_message({ to, from, thread, content, metadata, attachments = [], idempotency_key }) {
      const message_id = idempotency_key === undefined ? newId(new Date().toISOString()) : newId("message", idempotency_key);
      const places = await inTurn(to, (who) => placeOf(who).catch(asFailure));
      const failure = places.find((place) => typeof place !== "string");
      if (failure !== undefined && places.every((place) => typeof place !== "string")) throw failure;

      const files = await keepAttachments(message_id, attachments);
      const [sent_at, names] = [new Date().toISOString(), to.map(({ value }) => value)];
      const message = json({ message_id, sent_at, from: from?.value, to: names, thread, content, attachments: files, metadata });
      const items = await inTurn([...places.entries()], async ([index, place]): Promise<Item> => {
        const subject = names[index] ?? "";
        const error = typeof place === "string" ? await copyTo(join(place, `${message_id}.json`), message) : place;
        return error
          ? { subject, status: "failed", error: { code: error.code, message: error.message } }
          : { subject, status: "sent" };
      });
      await history.apply(message_id);
      return { message_id, items };
    },

    async edit_message({ message, content }) {
      await history.expectSent(message);
      await history.add(message, { at: new Date().toISOString(), content });
      return { message_id: message };
    },

    async delete_message({ message }) {
      if (await history.isDeleted(message)) return { message_id: message };
      await history.expectSent(message);
      await history.add(message, { at: new Date().toISOString(), deleted: true });
      return { message_id: message };
    },

    async get_message_status({ message }) {
      if (await history.isDeleted(message)) return { status: "deleted", terminal: true };
      await history.expectSent(message);
      return { status: "delivered", terminal: true };
    },
  };

  /** The folder that a message to `who` goes to. Throws `invalid_recipient`, also for a group that is gone, or `conflict` (archived). */
  async function placeOf(who: Recipient): Promise<string> {
    const isGroup =
      who.kind === "group" ||
      (who.kind === "address" && isName(who.value) && (await namesIn(join(groups, who.value))).length > 0);
    if (isGroup) {
      return inGroup(groups, who.value, async (folder) => {
        await refuseArchived(folder, who.value);
        return join(folder, "messages");
      }).catch(asRecipient);
    }
    const problem = problemWith(who);
    if (problem !== undefined) throw new HooklineError("invalid_recipient", { reason: problem });
    const inbox = join(root, "inboxes", nameFor(who.value));
    await mkdir(inbox, { recursive: true });
    return inbox;
  }

  async function keepAttachments(message_id: string, attachments: Attachments): Promise<string[] | undefined> {
    if (attachments.length === 0) return undefined;
    const folder = join(root, "attachments", message_id);
    await mkdir(folder, { recursive: true });
    return inTurn([...attachments.entries()], async ([index, { filename, content_base64 }]) => {
      const name = `${index + 1}-${filename.replace(/[^\w.@+-]+/g, "-").slice(-80)}`;
      await createFile(join(folder, name), Buffer.from(content_base64, "base64"));
      return join("attachments", message_id, name);
    });
  }
}

/** Puts a message in its place; answers why not when the group was deleted meanwhile. */
async function copyTo(file: string, message: string): Promise<HooklineError | undefined> {
  try {
    // False means that an earlier call with this idempotency_key has put it there: sent is sent.
    await createFile(file, message);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    return new HooklineError("invalid_recipient", { reason: "the group was deleted while the message was sent" });
  }
}

/** A group that a message is sent to is its recipient. */
function asRecipient(error: unknown): never {
  if (!HooklineError.is(error) || error.code !== "not_found") throw error;
  throw new HooklineError("invalid_recipient", { reason: error.details.reason }, { cause: error });
}

function asFailure(error: unknown): HooklineError {
  if (HooklineError.is(error)) return error;
  throw error;
}

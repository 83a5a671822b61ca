import { eachMember, HooklineError, type Implementations, z } from "hookline";
import { type BotApi, done } from "./botApi.ts";
import { invite } from "./memberHooks.ts";
import { chatOf, topicOf } from "./places.ts";
import { unless } from "./unless.ts";

const topic = z.object({ message_thread_id: z.int(), name: z.string() });

/** The hooks of groups. A bot cannot make a Telegram group, so a group is a topic of the supergroup that the settings name. */
export function topicHooks(api: BotApi, chat: string): Pick<Implementations, "create_group" | "update_group" | "delete_group"> {
  return {
    async create_group({ name, external_id, members, provider_options }, { signal }) {
      if (external_id !== undefined) {
        const reason =
          "Telegram keeps no id of yours with a topic and cannot look for one; leave external_id out and keep the id of the answer";
        throw new HooklineError("unsupported", { reason });
      }
      expectName(name);
      const chat_id = chatOf(chat);
      const created = await api("createForumTopic", { chat_id, name }, topic, { signal, provider_options });
      const items = await eachMember(members, (member) => invite(api, chat_id, member, signal), { hasActed: true });
      return { id: `${chat}/${created.message_thread_id}`, name: created.name, ...(items.length > 0 && { items }) };
    },

    async update_group({ group, name, provider_options }, { signal }) {
      if (name === undefined)
        throw new HooklineError("unsupported", { reason: "of a topic only the name can be changed; give a name" });
      expectName(name);
      const editing = api("editForumTopic", { ...topicOf(group), name }, done, { signal, provider_options });
      await editing.catch(unless("TOPIC_NOT_MODIFIED"));
      return { id: group, name };
    },

    async delete_group({ group, mode }, { signal }) {
      const place = topicOf(group);
      if (mode === "delete") {
        await api("deleteForumTopic", place, done, { signal });
        return { id: group };
      }
      await api("closeForumTopic", place, done, { signal }).catch(unless("TOPIC_NOT_MODIFIED"));
      return { id: group, archived: true };
    },
  };
}

function expectName(name: string): void {
  const { length } = [...name];
  if (length <= 128) return;
  const reason = `the name of a topic has at most 128 characters, and this has ${length}`;
  throw new HooklineError("invalid_request", { reason });
}

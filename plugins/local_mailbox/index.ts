import { appendFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Implementations, Log } from "hookline";
import { definePlugin } from "hookline";
import { groupHooks } from "./groups.ts";
import { inboundHooks } from "./inbound.ts";
import { memberHooks } from "./members.ts";
import { messageHooks } from "./messages.ts";
import { json, namesIn } from "./store.ts";

interface Settings {
  /** Where everything lies; relative to the working directory of the process. */
  folder: string;
  /** Switches inbound messages on. */
  webhook_secret?: string;
  /** Notes every call of every channel in journal.jsonl. */
  journal: boolean;
}

/** Groups, members and messages as files in a folder: every hook of the contract, without an account anywhere. */
export default definePlugin<Settings>({
  setup({ id, config, log }) {
    const root = resolve(config.folder);
    return {
      ...messageHooks(root),
      ...groupHooks(root),
      ...memberHooks(root),
      ...inboundHooks(root, config.webhook_secret),
      ...(config.journal ? journalHooks(join(root, "journal.jsonl"), log) : {}),

      async validate_config() {
        const problem = await problemWithFolder(root);
        return problem === undefined ? { ok: true } : { ok: false, problems: [problem] };
      },

      async health_check() {
        const problem = await problemWithFolder(root);
        if (problem !== undefined) return { healthy: false, details: { folder: root, problem } };
        const [groups, inboxes] = [await namesIn(join(root, "groups")), await namesIn(join(root, "inboxes"))];
        return { healthy: true, details: { instance: id, folder: root, groups: groups.length, inboxes: inboxes.length } };
      },
    };
  },
});

/** A line before and a line after each call: a call without its second line is one that a crash cut off. Contents stay out. */
function journalHooks(file: string, log: Log): Implementations {
  const note = async (line: Record<string, unknown>): Promise<void> => {
    try {
      await appendFile(file, `${JSON.stringify({ at: new Date().toISOString(), ...line })}\n`);
    } catch (error) {
      // A full disk here must not stop the calls of every other channel.
      log.warn(`${file} could not be written`, { error: String(error) });
    }
  };
  return {
    async before_call(call) {
      await note({ event: "asked", hook: call.hook, channel: call.request.channel, request_id: call.request_id });
      return call;
    },
    async after_call({ hook, request, outcome }) {
      const { status, request_id, route, error } = outcome;
      await note({ event: "answered", hook, channel: request.channel, request_id, status, route, error });
    },
    async event_received({ instance, event: { type, id, group, message_id } }) {
      await note({ event: type, instance, id, group, message_id });
    },
  };
}

/** Tries what every call needs: a folder that can be made, and a file that can be written in it. */
async function problemWithFolder(root: string): Promise<string | undefined> {
  const probe = join(root, `.probe-${process.pid}`);
  try {
    await mkdir(join(root, "groups"), { recursive: true });
    await writeFile(probe, json({ probe: true }));
    await rm(probe, { force: true });
  } catch (error) {
    return `the folder ${root} cannot be written (${error instanceof Error ? error.message : String(error)}); change the setting "folder"`;
  }
}

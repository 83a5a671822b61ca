import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { checkHooks, definePlugin, HooklineError } from "hookline";
import { addresseesOf } from "./addressees.ts";
import { addressOf } from "./addressOf.ts";
import { composeMails, type MailSettings } from "./composeMails.ts";
import { deliver } from "./deliver.ts";
import { inOurWords } from "./inOurWords.ts";
import { createTurns, openListFile } from "./listFile.ts";
import { listHooks } from "./listHooks.ts";
import { openPool, type PoolSettings, poolOptions } from "./pool.ts";

interface Settings extends PoolSettings, Omit<MailSettings, "sender"> {
  from: string;
  /** Where the distribution lists are kept; without it there are none. */
  lists_file?: string;
}

/** Mail through any SMTP server, over a pool of connections that outlives reloads; distribution lists as groups. */
export default definePlugin<Settings>({
  async setup({ config, log, keep }) {
    const server = `${config.host}:${config.port}`;
    const sender = addressOf(config.from);
    if (!sender) throw new HooklineError("settings_invalid", { reason: 'from must be an address, like "Acme <mail@acme.test>"' });
    const options = poolOptions(config);
    const fingerprint = createHash("sha256").update(JSON.stringify(options)).digest("hex");
    const pool = await keep(
      "pool",
      fingerprint,
      () => openPool(options),
      (kept) => kept.close(),
    );
    const lists = config.lists_file === undefined ? undefined : await openLists(resolve(config.lists_file));

    /** Generations share the turns, so none writes over what another has written. */
    async function openLists(path: string) {
      return openListFile(path, await keep("lists", path, createTurns, () => undefined));
    }

    return {
      async send_message(request, { signal }) {
        const addressees = await addresseesOf(request.to, lists);
        const { message_id, mails } = composeMails(request, addressees, { ...config, sender });
        return { message_id, items: await deliver(mails, addressees, { pool, server, log, signal }) };
      },

      ...(lists && listHooks(lists)),

      ...checkHooks(
        async () => {
          // A broken file would otherwise be found by the first who needs it.
          await lists?.read();
          await pool.verify().catch((error: unknown) => {
            throw inOurWords(error, server, false);
          });
          return { server };
        },
        { log },
      ),
    };
  },
});

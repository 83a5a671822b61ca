import type { Readable } from "node:stream";
import type { HooklineError, Item, Log } from "hookline";
import type { Addressee } from "./addressees.ts";
import { addressKey, addressOf } from "./addressOf.ts";
import type { Mail } from "./composeMails.ts";
import { inOurWords } from "./inOurWords.ts";
import type { Pool } from "./pool.ts";

/** Where mails go, and what they belong to. */
export interface Delivery {
  pool: Pool;
  /** For errors and the log. */
  server: string;
  log: Log;
  signal: AbortSignal;
}

/**
 * Sends the mails of one message and says what became of everybody, and of the copies that were refused. Throws when no mail was
 * taken: then nobody got one, or, after a server that fell silent, nobody knows.
 */
export async function deliver(mails: readonly Mail[], addressees: readonly Addressee[], delivery: Delivery): Promise<Item[]> {
  const fates = await Promise.all(mails.map((mail) => sendOne(mail, delivery)));
  const errors = fates.flatMap(({ error }) => error ?? []);
  const worst = errors.find(({ dispatched }) => dispatched !== "no") ?? errors[0];
  if (worst && errors.length === mails.length) throw worst;

  const refusals = new Map(fates.flatMap(({ refusals }) => refusals));
  const items = addressees.map(({ subject, address, problem }): Item => {
    const error = problem ? asItemError(problem) : refusals.get(addressKey(address?.address ?? ""));
    return error ? { subject, status: "failed", error } : { subject, status: "sent" };
  });
  const told = new Set(addressees.map(({ address }) => addressKey(address?.address ?? "")));
  const lost = mails.flatMap(({ copies }) => copies).filter((copy) => !told.has(addressKey(copy)));
  return [
    ...items,
    ...lost.flatMap((subject): Item[] => {
      const error = refusals.get(addressKey(subject));
      return error ? [{ subject, status: "failed", error }] : [];
    }),
  ];
}

interface Fate {
  error?: HooklineError;
  refusals: [key: string, error: Item["error"]][];
}

/** One transaction: who did not get the mail, and the error when nobody did. */
async function sendOne({ options, reached, copies }: Mail, { pool, server, log, signal }: Delivery): Promise<Fate> {
  let body: Readable | undefined;
  const onBody = (stream: Readable): void => {
    body = stream;
  };
  const watched = { ...options, signal, onBody };
  try {
    const { response, messageId, rejectedErrors = [] } = await pool.sendMail(watched);
    log.debug(`${server} took a mail`, { message_id: messageId, response });
    const errors = new Map(rejectedErrors.map((error) => [addressKey(addressOf(error.recipient ?? "")?.address ?? ""), error]));
    // Who got a copy would get another one with a second try.
    const facts = copies.some((copy) => !errors.has(addressKey(copy))) ? { dispatched: "maybe" as const } : {};
    return { refusals: [...errors].map(([key, error]) => [key, { ...asItemError(inOurWords(error, server, false)), ...facts }]) };
  } catch (thrown) {
    const error = inOurWords(thrown, server, body?.readableDidRead === true);
    return { error, refusals: [...reached, ...copies].map((address) => [addressKey(address), asItemError(error)]) };
  }
}

function asItemError({ code, message, dispatched }: HooklineError): NonNullable<Item["error"]> {
  return { code, message, dispatched };
}

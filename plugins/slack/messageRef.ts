import { HooklineError } from "hookline";

/** A message in Slack is named by its conversation and its time together. */
export interface MessageRef {
  channel: string;
  ts: string;
}

/** The id of a message: `C0123456789/1700000000.000100`. */
export function messageId({ channel, ts }: MessageRef): string {
  return `${channel}/${ts}`;
}

/** Reads such an id. Throws `invalid_request` for any other text. */
export function messageRef(id: string): MessageRef {
  const [, channel, ts] = /^([A-Z0-9]+)\/(\d+\.\d+)$/.exec(id) ?? [];
  if (channel !== undefined && ts !== undefined) return { channel, ts };
  const reason = `"${id}" names no message; its id is the conversation's, a slash and the time, like C0123456789/1700000000.000100`;
  throw new HooklineError("invalid_request", { reason });
}

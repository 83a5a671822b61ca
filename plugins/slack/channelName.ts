import { HooklineError } from "hookline";

const longest = 80;

/**
 * A name as Slack takes it: lower case, with hyphens between its words. Throws `invalid_request` when nothing is left of it, or too much.
 * https://docs.slack.dev/reference/methods/conversations.create#naming
 */
export function channelName(name: string): string {
  const lower = name.normalize("NFC").toLowerCase();
  const slug = lower.replace(/[^\p{L}\p{M}\p{N}_-]+/gu, "-").replace(/^-+|-+$/g, "");
  if (!/[\p{L}\p{N}]/u.test(slug)) throw refusal(`"${name}" has no letter or digit, and a channel's name in Slack needs one`);
  const { length } = [...slug];
  if (length > longest) throw refusal(`"${slug}" has ${length} characters, and a channel's name in Slack has at most ${longest}`);
  return slug;
}

function refusal(reason: string): HooklineError {
  return new HooklineError("invalid_request", { reason });
}

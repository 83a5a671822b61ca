import { HooklineError, type Recipient, z } from "hookline";
import type { Slack } from "./connect.ts";
import { nothingDone } from "./slackErrors.ts";

const found = z.object({ user: z.object({ id: z.string().min(1) }) });

/** What Slack calls a recipient: a person's id for an e-mail address, anything else as it is. Throws `unsupported` for a number, `invalid_recipient` for an address of nobody. */
export async function recipientId(slack: Slack, { kind, value }: Recipient): Promise<string> {
  if (kind === "phone")
    throw new HooklineError("unsupported", { reason: `Slack finds nobody by a phone number (${value})`, penalize: "never" });
  const isAddress = kind === "email" || /^[^\s@]+@[^\s@]+$/.test(value);
  if (!isAddress) return value;
  const { user } = await slack("users.lookupByEmail", { email: value }, found).catch(nothingDone);
  return user.id;
}

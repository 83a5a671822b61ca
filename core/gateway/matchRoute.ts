import type { TableRoute } from "../table.ts";

/** A call as routing sees it. */
export interface RoutedCall {
  hook: string;
  channel: string;
  /** Checked. */
  request: Readonly<Record<string, unknown>>;
  /** The rules that have sent the call to this channel already. */
  through?: readonly string[] | undefined;
}

/** Why a rule does not match a call; undefined when it does. */
export function matchProblem(
  { match, recipientPattern }: TableRoute,
  { hook, channel, request }: RoutedCall,
): string | undefined {
  if (match.hook && !match.hook.includes(hook)) return `it is for ${match.hook.join(", ")}`;
  if (match.channel && !match.channel.includes(channel)) return `it is for the channel ${match.channel.join(", ")}`;
  for (const [name, wanted] of Object.entries(match.context ?? {})) {
    const actual = at(request.context, name.split("."));
    const allowed = Array.isArray(wanted) ? wanted : [wanted];
    if (actual === undefined || actual === null || !allowed.some((value) => String(value) === String(actual)))
      return `context.${name} is not ${allowed.join(" or ")}`;
  }
  if (recipientPattern) {
    const recipients = recipientsOf(request);
    if (recipients.length === 0) return "the call has no recipient";
    if (!recipients.every((recipient) => recipientPattern.test(recipient))) return "a recipient does not fit its pattern";
  }
  if (match.message_type) {
    const types = messageTypesOf(request);
    if (!match.message_type.some((type) => types.includes(type))) return `the message has no ${match.message_type.join(" or ")}`;
  }
  return undefined;
}

/** The key of a split or a rollout: `context.user_id`, `recipient`, … ; undefined when the call does not have it. */
export function keyOf({ hook, channel, request }: RoutedCall, by: string): string | undefined {
  if (by === "hook") return hook;
  if (by === "channel") return channel;
  const value = by === "recipient" ? recipientsOf(request).join(",") : at(request, by.split("."));
  return value === undefined || value === null || value === "" ? undefined : String(value);
}

function recipientsOf({ to, members }: Readonly<Record<string, unknown>>): string[] {
  const whom = Array.isArray(to) ? to : Array.isArray(members) ? members.map((member) => at(member, ["who"])) : [];
  return whom.flatMap((one) => {
    const value = at(one, ["value"]);
    return typeof value === "string" ? [value] : [];
  });
}

function messageTypesOf({ content, attachments }: Readonly<Record<string, unknown>>): string[] {
  const forms =
    typeof content === "object" && content !== null
      ? Object.entries(content).flatMap(([form, value]) => (value === undefined ? [] : [form]))
      : [];
  return Array.isArray(attachments) && attachments.length > 0 ? [...forms, "attachment"] : forms;
}

function at(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value;
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? at(Reflect.get(value, name), rest)
    : undefined;
}

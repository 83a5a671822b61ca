import { OverwriteType, PermissionFlagsBits } from "discord-api-types/v10";
import { z } from "hookline";

const bits = z.string().regex(/^\d+$/);

/** One permission overwrite: `type` 0 is a role, 1 a user; `allow` and `deny` are sets of bits. */
export const overwrite = z.object({ id: z.string(), type: z.number(), allow: bits, deny: bits });

/** One permission overwrite. */
export type Overwrite = z.output<typeof overwrite>;

const { ViewChannel, SendMessages, ReadMessageHistory } = PermissionFlagsBits;
const ofMember = ViewChannel | SendMessages | ReadMessageHistory;

/** True when an overwrite lets somebody see the channel. */
export function letsSee({ allow }: Overwrite): boolean {
  return (BigInt(allow) & ViewChannel) !== 0n;
}

/** True when everybody in the server is kept from seeing the channel; `everyone` is the id of the server. */
export function isPrivate(overwrites: readonly Overwrite[], everyone: string): boolean {
  return overwrites.some(({ id, deny }) => id === everyone && (BigInt(deny) & ViewChannel) !== 0n);
}

/** The overwrite that makes a user a member. What else was said of the user stays. */
export function memberOverwrite(id: string, before = blank(id, OverwriteType.Member)): Overwrite {
  return changed(before, ofMember, 0n);
}

/** The overwrites that make a channel private or public; the bot itself stays in. */
export function withVisibility(
  before: readonly Overwrite[],
  { visibility, everyone, bot }: { visibility: "public" | "private"; everyone: string; bot: string },
): Overwrite[] {
  const find = (id: string) => before.find((one) => one.id === id);
  const rest = before.filter(({ id }) => id !== everyone && id !== bot);
  const all = find(everyone) ?? blank(everyone, OverwriteType.Role);
  if (visibility === "private") return [changed(all, 0n, ViewChannel), memberOverwrite(bot, find(bot)), ...rest];
  return [{ ...all, deny: String(BigInt(all.deny) & ~ViewChannel) }, ...before.filter(({ id }) => id !== everyone)];
}

function blank(id: string, type: OverwriteType): Overwrite {
  return { id, type, allow: "0", deny: "0" };
}

function changed(before: Overwrite, allow: bigint, deny: bigint): Overwrite {
  const allowed = (BigInt(before.allow) | allow) & ~deny;
  const denied = (BigInt(before.deny) | deny) & ~allow;
  return { ...before, allow: String(allowed), deny: String(denied) };
}

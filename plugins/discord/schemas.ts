import { z } from "hookline";

const id = z.string().regex(/^\d+$/);

/** Whatever has an id, of which nothing else is looked at. */
export const withId = z.object({ id });

/** An answer without a body (204). */
export const nothing = z.instanceof(ArrayBuffer).refine((body) => body.byteLength === 0, { message: "must be empty" });

/** One permission overwrite: `type` 0 is a role, 1 a user; `allow` and `deny` are sets of bits. */
export const overwrite = z.object({ id, type: z.number(), allow: z.string().regex(/^\d+$/), deny: z.string().regex(/^\d+$/) });

/** A channel, as far as we look. */
export const channel = z.object({
  id,
  type: z.number(),
  guild_id: id.optional(),
  name: z.string().nullish(),
  topic: z.string().nullish(),
  permission_overwrites: z.array(overwrite).default([]),
});

/** A role, as far as we look. */
export const role = z.object({ id, name: z.string(), managed: z.boolean().default(false) });

/** A member of a server, as far as we look. */
export const guildMember = z.object({
  user: z.object({ id, username: z.string().optional() }),
  roles: z.array(z.string()).default([]),
});

/** A channel, as far as we look. */
export type Channel = z.output<typeof channel>;
/** One permission overwrite. */
export type Overwrite = z.output<typeof overwrite>;
/** A role, as far as we look. */
export type Role = z.output<typeof role>;

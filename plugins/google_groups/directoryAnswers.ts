import { z } from "hookline";

/** A group as the Directory has it. */
export const directoryGroup = z.object({
  email: z.string().min(1),
  name: z.string().default(""),
  description: z.string().optional(),
});

/** A page of groups. */
export const groupPage = z.object({
  kind: z.string(),
  groups: z.array(directoryGroup).default([]),
  nextPageToken: z.string().optional(),
});

/** A member. Everybody of the domain at once is one of type CUSTOMER, and has no address. */
export const directoryMember = z.object({
  id: z.string().optional(),
  email: z.string().optional(),
  role: z.string().optional(),
  type: z.string().optional(),
});

/** A page of members. */
export const memberPage = z.object({
  kind: z.string(),
  members: z.array(directoryMember).default([]),
  nextPageToken: z.string().optional(),
});

/** What was added has an id or an address. */
export const addedMember = directoryMember.refine(({ id, email }) => id !== undefined || email !== undefined);

/** The settings of a group, as far as they are read. */
export const groupSettings = z.object({
  email: z.string().min(1),
  name: z.string().default(""),
  description: z.string().optional(),
});

/** A deletion is answered with nothing. */
export const nothing = z.literal("");

/** A mail that was sent. */
export const sentMail = z.object({ id: z.string().min(1) });

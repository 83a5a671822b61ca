import { HooklineError, type Recipient } from "hookline";

/** Somebody named in a request. */
export interface Member {
  who: Recipient;
  role?: string | undefined;
  mode: "add" | "invite" | "auto";
}

/** A user's id or user principal name, and what they may do, as Graph takes them. Throws for whom Teams cannot know. */
export function memberOf({ who, role = "member", mode }: Member, graphUrl: string): { user: string; body: object } {
  const user = who.value.trim();
  if (who.kind === "phone" || who.kind === "group" || user === "") {
    throw new HooklineError("invalid_recipient", {
      reason: `${JSON.stringify(who.value)} is no user of Teams; give the id or the user principal name`,
    });
  }
  if (mode === "invite")
    throw new HooklineError("unsupported", { reason: "Teams adds people and does not ask them; use the mode add or auto" });
  const roles = rolesByName[role];
  if (!roles)
    throw new HooklineError("invalid_request", { reason: `the role "${role}" is none of Teams; use owner, guest or member` });
  // A quote inside of a quoted text is written twice.
  const bind = `${graphUrl}/users('${user.replaceAll("'", "''")}')`;
  return { user, body: { "@odata.type": "#microsoft.graph.aadUserConversationMember", roles, "user@odata.bind": bind } };
}

const rolesByName: Readonly<Record<string, string[]>> = { member: [], owner: ["owner"], guest: ["guest"] };

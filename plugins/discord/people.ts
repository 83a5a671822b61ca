import { type CheckedRequestOf, type CommunicationContract, HooklineError, type Recipient } from "hookline";
import { isSnowflake } from "./snowflakes.ts";

/** Those to be added to a group. */
export type Members = CheckedRequestOf<CommunicationContract, "add_member">["members"];

/** Where a message goes: a person, a channel, or what the settings say that a group is. */
export interface Target {
  kind: "user" | "channel" | "role" | "group";
  id: string;
}

/** Who is who, by Discord's ids and by the names of the setting `users`. */
export interface People {
  /** Whom a message is for: an id alone is a group, `<@id>` a person, `<#id>` a channel, `<@&id>` a role. Throws like `userIdOf`. */
  targetOf(recipient: Recipient): Target;
  /**
   * The id of a member: a name of the settings, the id alone, or `<@id>`. Throws `unsupported` for a kind that Discord does not know
   * people by, `invalid_recipient` for who is not found.
   */
  userIdOf(who: Recipient): string;
  /** A member of a group as a list names them. */
  named(id: string, username?: string): { who: Recipient };
}

const marked = /^<(@&|@!?|#)(\d{17,20})>$/;

/** Reads the setting `users`. Throws `settings_invalid` when two of its names are one. */
export function peopleOf(users: Readonly<Record<string, string>>): People {
  const all = Object.entries(users);
  const ids = new Map(all.map(([name, id]) => [keyOf(name), id]));
  const names = new Map(all.map(([name, id]) => [id, name]));
  if (Math.min(ids.size, names.size) < all.length) {
    // A list of members could say only one of them, and a sync would remove who was wanted by the other.
    throw new HooklineError("settings_invalid", {
      reason: "`users` names somebody twice; give each Discord user one name there, and each name one user",
    });
  }

  const targetOf: People["targetOf"] = ({ kind, value }) => {
    const user = ids.get(keyOf(value));
    if (user !== undefined) return { kind: "user", id: user };
    if (kind === "email" || kind === "phone") {
      const reason = `Discord knows nobody by the kind ${kind}; give ${JSON.stringify(value)} an id in the setting users`;
      throw new HooklineError("unsupported", { reason, penalize: "never" });
    }
    const [, mark, id = ""] = marked.exec(value) ?? [];
    if (mark !== undefined) return { kind: mark === "#" ? "channel" : mark === "@&" ? "role" : "user", id };
    if (isSnowflake(value) && kind === "user") return { kind, id: value };
    if (isSnowflake(value) && (kind === "group" || kind === "address")) return { kind: "group", id: value };
    throw unknown(value);
  };

  return {
    targetOf,
    userIdOf(who) {
      const { kind, id } = targetOf(who);
      if (kind === "user" || (kind === "group" && who.kind === "address")) return id;
      if (who.kind !== "group") throw unknown(who.value);
      throw new HooklineError("unsupported", { reason: "on Discord people are members, and no groups", penalize: "never" });
    },
    named(id, username) {
      const own = names.get(id);
      const who = own === undefined ? { kind: "user" as const, value: id } : { kind: kindOf(own), value: own };
      return { who: { ...who, ...(username !== undefined && { name: username }) } };
    },
  };
}

/** Refuses what Discord does not know of a member. Throws `unsupported`. */
export function checkMember({ role, mode }: Members[number]): void {
  if (role !== undefined && role !== "member") {
    throw new HooklineError("unsupported", {
      reason: `a member of a group on Discord has no role of its own, so none can be ${role}`,
    });
  }
  if (mode === "invite")
    throw new HooklineError("unsupported", { reason: "this plugin invites nobody; add who is in the server already" });
}

/** Mail addresses are the same in any case. */
function keyOf(name: string): string {
  return name.includes("@") ? name.toLowerCase() : name;
}

function kindOf(name: string): "email" | "address" {
  return name.includes("@") ? "email" : "address";
}

function unknown(value: string): HooklineError {
  return new HooklineError("invalid_recipient", {
    reason: `Discord cannot tell who ${JSON.stringify(value)} is; give the id of a group or a member, <@id> for a person, <#id> for a channel, <@&id> for a role, or a name of the setting users`,
  });
}

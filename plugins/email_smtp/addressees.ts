import { type ErrorCode, HooklineError, type Recipient } from "hookline";
import { type Address, addressOf } from "./addressOf.ts";
import type { ListFile } from "./listFile.ts";

/** Somebody who shall get a mail, or a name that leads to nobody. */
export interface Addressee {
  /** The recipient as the request names it; for a member of a list the address. */
  subject: string;
  address?: Address;
  /** Why there is no address. */
  problem?: HooklineError;
  /** The list through which they get it. */
  list?: { id: string; name: string };
}

/** Everybody whom a request means, in its order; a list is its members. Each recipient gives at least one. */
export async function addresseesOf(to: readonly Recipient[], file: ListFile | undefined): Promise<Addressee[]> {
  const lists = file && to.some(mayBeList) ? await file.read() : {};
  return to.flatMap((recipient): Addressee[] => {
    const { kind, value: subject } = recipient;
    const address = addressOf(recipient);
    if (address) return [{ subject, address }];
    const list = mayBeList(recipient) && Object.hasOwn(lists, subject) ? lists[subject] : undefined;
    if (!list)
      return [{ subject, problem: file && kind === "group" ? noList(subject, "invalid_recipient") : noAddress(recipient) }];
    if (list.archived) return [{ subject, problem: isArchived(subject, "invalid_recipient") }];
    if (list.members.length === 0)
      return [{ subject, problem: new HooklineError("invalid_recipient", { reason: `the list ${subject} has no members` }) }];
    return list.members.map(({ address, name }) => ({
      subject: address,
      address: addressOf({ kind: "email", value: address, name }),
      list: { id: subject, name: list.name },
    }));
  });
}

/** Why this one of several got nothing: a person or a group of another platform is `unsupported`, so that another instance is asked. */
export function noAddress({ kind, value }: Recipient = { kind: "email", value: "" }): HooklineError {
  if (kind !== "email" && kind !== "address")
    return new HooklineError("unsupported", {
      reason: `a mail goes to a mail address, not to the kind ${kind}`,
      penalize: "never",
    });
  return new HooklineError("invalid_recipient", { reason: `${JSON.stringify(value.slice(0, 80))} is no mail address` });
}

/** What is said of a list that is not there. */
export function noList(id: string, code: ErrorCode = "not_found"): HooklineError {
  const reason = `there is no list ${JSON.stringify(id.slice(0, 80))}; list_groups names those there are`;
  return new HooklineError(code, { reason });
}

/** What is said of a list that is kept and not used any more. */
export function isArchived(id: string, code: ErrorCode = "conflict"): HooklineError {
  return new HooklineError(code, { reason: `the list ${id} is archived; use another one` });
}

function mayBeList({ kind, value }: Recipient): boolean {
  return kind === "group" || (kind === "address" && !value.includes("@"));
}

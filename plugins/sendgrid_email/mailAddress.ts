import type { Recipient } from "hookline";

/** An address as SendGrid takes it. */
export interface MailAddress {
  email: string;
  name?: string;
}

/** The address of a recipient, or of a text like "Acme <mail@acme.test>"; undefined when it is none. */
export function mailAddress(of: string | Recipient): MailAddress | undefined {
  if (typeof of === "string") {
    const [, name, email = of.trim()] = /^\s*"?([^"<>]*?)"?\s*<([^<>]*)>\s*$/.exec(of) ?? [];
    return mailAddress({ kind: "email", value: email, name: name || undefined });
  }
  const { kind, value, name } = of;
  if ((kind !== "email" && kind !== "address") || !/^[^\s\p{C}@<>,;:"()]+@[^\s\p{C}@<>,;:"()]+$/u.test(value)) return undefined;
  return { email: value, ...(name !== undefined && { name }) };
}

import { domainToASCII } from "node:url";
import type { Recipient } from "hookline";

/** One mail address, and the name to show with it. */
export interface Address {
  name: string;
  address: string;
}

// One address and nothing else: no second one, no route, no line break or invisible character can hide in it.
const form = /^[^\s\p{C}@<>()[\]\\,;:"]{1,64}@([^\s\p{C}@<>()[\]\\,;:"]{1,253})$/u;

/** The address of a recipient, its domain in the form that servers use; undefined when it is none. */
export function addressOf(recipient: string | Pick<Recipient, "value" | "name" | "kind">): Address | undefined {
  const { value, name = "", kind } = typeof recipient === "string" ? named(recipient) : recipient;
  const domain = domainToASCII(form.exec(value)?.[1] ?? "");
  if (domain === "" || (kind !== "email" && kind !== "address")) return undefined;
  return { name: name.replace(/[\p{C}\s]+/gu, " ").trim(), address: `${value.slice(0, value.indexOf("@"))}@${domain}` };
}

/** The same for every way to write an address: no server minds the case. */
export function addressKey(address: string): string {
  return address.toLowerCase();
}

/** "Acme <mail@acme.test>" or the address alone. */
function named(text: string): Recipient {
  const [, name, address] = /^\s*"?([^"<>]*?)"?\s*<([^<>]*)>\s*$/.exec(text) ?? [];
  return { kind: "email", value: address ?? text, name };
}

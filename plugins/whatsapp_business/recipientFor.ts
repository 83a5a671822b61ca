import { HooklineError, type Recipient } from "hookline";

// Every id of a group is base64 that begins so: "capi_group:".
const groupId = /^Y2FwaV9ncm91cDo/;

/** Where a message goes: a number in the international form, or a group. Throws like `phoneFor` for anything else. */
export function recipientFor({ kind, value }: Recipient): { recipient_type: "individual" | "group"; to: string } {
  if (kind === "group" || (kind === "address" && groupId.test(value))) return { recipient_type: "group", to: value };
  return { recipient_type: "individual", to: phoneFor({ kind, value }) };
}

/** A number with plus and country code. Throws `unsupported` for a kind that has none, `invalid_recipient` for what is no number. */
export function phoneFor({ kind, value }: Recipient): string {
  if (kind === "email" || kind === "group")
    throw new HooklineError("unsupported", { reason: `WhatsApp reaches nobody by the kind ${kind} here`, penalize: "never" });
  const digits = value.replace(/^\s*(\+|00)/, "").replace(/[\s().\-/]/g, "");
  if (/^[1-9]\d{6,14}$/.test(digits)) return `+${digits}`;
  const reason = `${JSON.stringify(value.slice(0, 80))} is no phone number with its country code, like +4915112345678, and no id of a group`;
  throw new HooklineError("invalid_recipient", { reason });
}

import { HooklineError, type Recipient } from "hookline";

/** A recipient's number as Vonage takes it: digits with the country code, no plus. Throws `invalid_recipient` when it is none. */
export function phoneNumber(recipient: Recipient | undefined): string {
  const { kind, value } = recipient ?? { kind: "phone", value: "" };
  const digits = value.replace(/[\s().-]/g, "").replace(/^(\+|00)/, "");
  if ((kind === "phone" || kind === "address") && /^\d{7,15}$/.test(digits)) return digits;
  const reason = `${kind} "${value}" is no phone number; write it with its country code, like +4915112345678`;
  throw new HooklineError("invalid_recipient", { reason });
}

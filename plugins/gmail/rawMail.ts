import { HooklineError } from "hookline";
import type { MailComposerOptions } from "nodemailer";
import MailComposer from "nodemailer/lib/mail-composer";

// What the API takes at most: `maxSize` of users.messages.send in Google's discovery document.
const mostBytes = 36_700_160;

/** A mail as it travels (RFC 5322), its Bcc included. Throws `payload_too_large` for what Gmail does not take. */
export async function rawMail(mail: MailComposerOptions): Promise<Buffer> {
  const node = new MailComposer({ ...mail, disableFileAccess: true, disableUrlAccess: true }).compile();
  node.keepBcc = true;
  const raw = await node.build();
  if (raw.length <= mostBytes) return raw;
  const reason = `the mail has ${raw.length} bytes with its attachments, and Gmail takes ${mostBytes}; send a link instead`;
  throw new HooklineError("payload_too_large", { reason });
}

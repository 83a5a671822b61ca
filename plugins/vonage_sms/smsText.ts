import { type CheckedRequestOf, type CommunicationContract, HooklineError } from "hookline";

type SendMessage = CheckedRequestOf<CommunicationContract, "send_message">;

/** What of a message is the text of its SMS. Throws `unsupported` for what an SMS cannot carry. */
export function smsText({ content, attachments = [] }: SendMessage): string {
  if (attachments.length > 0) throw unsupported("an SMS carries no files; send a link in its text");
  if (content.template) throw unsupported("Vonage keeps no templates for SMS; give the message a text");
  const text = content.text ?? content.markdown;
  if (text === undefined) throw unsupported("an SMS shows no HTML; give the message a text, too");
  return content.subject ? `${content.subject}\n${text}` : text;
}

function unsupported(reason: string): HooklineError {
  return new HooklineError("unsupported", { reason });
}

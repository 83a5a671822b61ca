import { type CheckedRequestOf, type CommunicationContract, type ErrorCode, HooklineError } from "hookline";

type SendMessage = CheckedRequestOf<CommunicationContract, "send_message">;

interface Sender {
  from_number?: string;
  messaging_service_sid?: string;
  webhook_url?: string;
  status_callback?: string;
}

const longest = 1600;

/** A message as the form that Twilio takes. Throws for what an SMS cannot carry, before anything is sent. */
export function messageForm(request: SendMessage, settings: Sender): URLSearchParams {
  const [recipient] = request.to;
  if (recipient?.kind !== "phone" && recipient?.kind !== "address")
    throw new HooklineError("unsupported", {
      reason: `an SMS goes to a phone number, and a recipient of the kind ${recipient?.kind} has none here`,
      penalize: "never",
    });
  const fields: Record<string, unknown> = {
    StatusCallback: settings.status_callback ?? settings.webhook_url,
    ...senderOf(request, settings),
    ...request.provider_options?.twilio_sms,
    ...contentOf(request),
    To: recipient.value,
  };
  if (fields.From === undefined && fields.MessagingServiceSid === undefined)
    throw refusal("unsupported", "there is no sender; set from_number or messaging_service_sid, or give the message a `from`");
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    for (const one of [value].flat())
      if (one !== undefined) form.append(name, typeof one === "object" ? JSON.stringify(one) : String(one));
  return form;
}

function senderOf({ from }: SendMessage, { from_number, messaging_service_sid }: Sender): Record<string, string | undefined> {
  if (!from) return { From: from_number, MessagingServiceSid: messaging_service_sid };
  return /^MG[0-9a-fA-F]{32}$/.test(from.value) ? { MessagingServiceSid: from.value } : { From: from.value };
}

function contentOf({ content, attachments = [] }: SendMessage): Record<string, string> {
  const { template, subject, text = content.markdown } = content;
  if (attachments.length > 0)
    throw refusal("unsupported", "Twilio fetches media from a public URL; give it as provider_options.twilio_sms.MediaUrl");
  if (template) return { ContentSid: template.name, ContentVariables: JSON.stringify(template.variables) };
  if (text === undefined) throw refusal("unsupported", "an SMS shows no HTML; give the message a text, too");
  const body = subject ? `${subject}\n${text}` : text;
  const length = [...body].length;
  if (length > longest)
    throw refusal("payload_too_large", `the text has ${length} characters, and Twilio takes ${longest}; send it in parts`);
  return body === "" ? {} : { Body: body };
}

function refusal(code: ErrorCode, reason: string): HooklineError {
  return new HooklineError(code, { reason });
}

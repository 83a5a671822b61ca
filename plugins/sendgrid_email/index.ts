import { createHash, createPublicKey, type KeyObject, randomUUID, verify } from "node:crypto";
import {
  type CheckedRequestOf,
  checkHooks,
  type CommunicationContract,
  definePlugin,
  HooklineError,
  type InboundEvent,
  parseJson,
  type Recipient,
} from "hookline";

interface Settings {
  api_key: string;
  from: string;
  hide_recipients: boolean;
  webhook_public_key?: string;
  webhook_tolerance_seconds: number;
  api_url: string;
}
type Message = CheckedRequestOf<CommunicationContract, "send_message">;
type Envelopes = readonly { to: readonly { email: string }[] }[];

const largest = 30 * 1024 * 1024;

/** Mail through SendGrid's v3 API, and the events that its webhook tells. */
export default definePlugin<Settings>({
  setup({ config, http, log }) {
    const sender = mailAddress(recipientIn(config.from));
    if (!sender) throw problem("settings_invalid", 'from must be an address, like "Acme <mail@acme.test>"');
    const key = config.webhook_public_key === undefined ? undefined : publicKey(config.webhook_public_key);
    const url = config.api_url.replace(/\/+$/, "");
    const headers = { authorization: `Bearer ${config.api_key}`, "content-type": "application/json" };

    return {
      async send_message(request, { signal }) {
        const people = request.to.map((recipient) => ({ subject: recipient.value, address: mailAddress(recipient) }));
        // Twice the same address in one envelope is refused, and nobody wants a mail twice.
        const addresses = new Map(people.flatMap(({ address }) => (address ? [[address.email.toLowerCase(), address]] : [])));
        const groups = config.hide_recipients ? [...addresses.values()].map((one) => [one]) : [[...addresses.values()]];
        if (addresses.size === 0) throw problem("invalid_recipient", `"${people[0]?.subject}" is no mail address`);
        const mail = mailFor(request, groups, sender);
        const body = JSON.stringify(mail);
        if (Buffer.byteLength(body) > largest)
          throw problem("payload_too_large", `the mail is larger than the ${largest} bytes that SendGrid takes; send less`);
        try {
          const answer = await http.post(`${url}/v3/mail/send`, { body, headers, signal });
        } catch (error) {
          throw sendgridError(error, mail.personalizations);
        }
      },
    };
  },
});

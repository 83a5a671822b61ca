import { createHmac } from "node:crypto";
import { number } from "./double.ts";

/** A POST as Meta signs it. */
export function signed(payload: unknown, secret = "app-secret-0123") {
  const raw_body = JSON.stringify(payload);
  const signature = createHmac("sha256", secret).update(raw_body).digest("hex");
  return { method: "POST", headers: { "X-Hub-Signature-256": `sha256=${signature}` }, query: {}, raw_body };
}

/** What Meta posts: one change of one field, for one sending number. */
export function change(field: string, value: object, phone_number_id = number) {
  const metadata = { display_phone_number: "15550783881", phone_number_id };
  const whole = { messaging_product: "whatsapp", metadata, ...value };
  return { object: "whatsapp_business_account", entry: [{ id: "419561257915477", changes: [{ field, value: whole }] }] };
}

/** How far a message has come. */
export function status(state: string, more: object = {}) {
  const one = { id: "wamid.1", status: state, timestamp: "1750030073", recipient_id: "16505551234", ...more };
  return change("messages", { statuses: [one] });
}

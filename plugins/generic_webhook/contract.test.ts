import { testPlugin } from "hookline/testing";
import { Webhook } from "standardwebhooks";
import { test } from "vitest";

const secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

testPlugin(import.meta.dirname, {
  test,
  config: (url) => ({ url: `${url}/hook`, secret, headers: { authorization: "Bearer s3cret-token" } }),
  platform: () => () => ({ status: 204 }),
  calls: { send_message: { to: "ops", content: "Disk is full" } },
  // Only the status of a receiver counts; what it says is its own affair.
  expects: { send_message: { garbage: "ok" } },
  webhook: () => {
    const raw_body = JSON.stringify({ type: "invoice.paid" });
    const now = new Date();
    const headers = {
      "webhook-id": "msg_in",
      "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign("msg_in", now, raw_body),
    };
    return { method: "POST", headers, raw_body };
  },
});

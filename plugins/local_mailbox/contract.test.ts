import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testPlugin } from "hookline/testing";
import { afterAll, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "hookline-mailbox-"));
afterAll(() => rmSync(folder, { recursive: true }));
const webhook_secret = "a secret of 24 letters..";

testPlugin(import.meta.dirname, {
  test,
  config: { folder, webhook_secret, journal: true },
  calls: { send_message: { to: "anna", content: "Hi" }, create_group: { name: "Friends", members: ["anna"] } },
  webhook: () => {
    const raw_body = JSON.stringify({ id: "m1", from: "anna", text: "Hello" });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = createHmac("sha256", webhook_secret).update(`${timestamp}.${raw_body}`).digest("hex");
    return { method: "POST", headers: { "X-Mailbox-Timestamp": timestamp, "X-Mailbox-Signature": signature }, raw_body };
  },
});

import assert from "node:assert/strict";
import type { WebhookRequest } from "../index.ts";
import type { PluginTests, SuiteTest } from "./pluginTests.ts";

/** What a plugin with `handle_webhook` has to do with what a stranger sends. */
export function webhookSuite(tests: PluginTests, test: SuiteTest): void {
  const { webhook, expects = {} } = tests;
  if (!webhook) return;

  test("handle_webhook: what the platform signed is taken, and a second delivery of it is known", async (opened) => {
    const open = await opened();
    const request = await webhook();

    const first = await open.webhook(request);
    const second = await open.webhook(request);

    assert.ok(first.status < 300, `the signed request of this suite was answered ${first.status}: ${first.body}`);
    for (const event of first.events)
      assert.ok(event.id, `an event without an id cannot be told from its copy: ${JSON.stringify(event)}`);
    assert.deepEqual([second.events, second.duplicates.length], [[], first.events.length]);
  });

  for (const [name, change] of Object.entries(changes)) {
    if (expects.handle_webhook?.[name] === "ok") continue;
    test(`handle_webhook: ${name} is refused, and gives no event`, async (opened) => {
      const open = await opened();

      const { status, events } = await open.webhook(change(await webhook()));

      assert.ok(status >= 400 && status < 500, `answered ${status}`);
      assert.deepEqual(events, []);
    });
  }

  test("handle_webhook: noise is refused without an error", async (opened) => {
    const open = await opened();

    for (const raw_body of ["", "{", "null", "[]", '"text"', new Uint8Array([0, 255, 254])]) {
      const answer = await open.webhook({ method: "POST", headers: { "content-type": "application/json" }, raw_body });
      assert.deepEqual([answer.events, answer.error], [[], undefined], `for the body ${JSON.stringify(raw_body)}`);
    }
  });
}

const changes: Readonly<Record<string, (request: WebhookRequest) => WebhookRequest>> = {
  "no headers": (request) => ({ ...request, headers: {} }),
  "changed body": (request) => ({ ...request, raw_body: `${Buffer.from(request.raw_body).toString("utf8")} ` }),
  "changed signature": (request) => ({ ...request, headers: tampered(request.headers) }),
};

/** The words for what a stranger changes here, as `expects` names them. */
export const webhookChanges: readonly string[] = Object.keys(changes);

/** One character of every longer header value is another one; not the last, of which base64 may ignore a part. */
function tampered(headers: WebhookRequest["headers"]): Record<string, string> {
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers);
  const change = (value: string) => value.replace(/.(?=.{5}$)/s, (old) => (old === "0" ? "1" : "0"));
  return Object.fromEntries(entries.map(([name, value]) => [name, change([value ?? ""].flat().join(", "))]));
}

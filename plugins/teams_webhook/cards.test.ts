import { createRequire } from "node:module";
import { openPlugin } from "hookline/testing";
import { expect, test } from "vitest";
import { privateChannel, teams } from "./test/double.ts";

// Its modules name each other without endings, which only a bundler understands; the bundle in `dist` is whole.
const judge: typeof import("adaptivecards") = createRequire(import.meta.url)("adaptivecards/dist/adaptivecards.js");

const own = { type: "AdaptiveCard", version: "1.4", body: [{ type: "FactSet", facts: [{ title: "Disk", value: "97 %" }] }] };

test.each([
  [
    "a text",
    { content: "rm -rf *.log *.tmp\nis_done" },
    [{ type: "RichTextBlock", inlines: [{ type: "TextRun", text: "rm -rf *.log *.tmp\nis_done" }] }],
  ],
  ["markdown", { content: { text: "97 %", markdown: "**97 %**" } }, [{ type: "TextBlock", text: "**97 %**", wrap: true }]],
  [
    "a subject",
    { content: { subject: "Disk", text: "97 %" } },
    [
      { type: "RichTextBlock", inlines: [{ type: "TextRun", text: "Disk", size: "Large", weight: "Bolder" }] },
      { type: "RichTextBlock" },
    ],
  ],
  ["a card of one's own", { content: "97 %", provider_options: { teams_webhook: { card: own } } }, own.body],
])("%s is a card that Microsoft's own parser takes", async (_, request, body) => {
  await using open = await opened();

  const { value } = await open.call("send_message", { to: "ops", ...request });

  const { headers, json } = open.platform.requests[0] ?? {};
  expect(value).toMatchObject({ message_id: "teams_webhook:08584600000000000000000000000CU01" });
  expect(headers?.["content-type"]).toBe("application/json; charset=utf-8");
  expect(json).toMatchObject({
    type: "message",
    attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null }],
  });
  expect(json.attachments[0].content.body).toMatchObject(body);
  expect(problemsOf(json.attachments[0].content)).toEqual([]);
});

test("the parser that judges the cards refuses a wrong one", () => {
  const wrong = {
    type: "AdaptiveCard",
    version: "1.4",
    body: [{ type: "TextBlok" }, { type: "TextBlock", text: "x", size: "Huge" }],
  };

  expect(problemsOf(wrong)).toHaveLength(2);
});

test.each([
  ["HTML alone", { content: { html: "<b>97 %</b>" } }, "unsupported"],
  ["a template", { content: { template: { name: "alert" } } }, "unsupported"],
  ["a file", { content: "97 %", attachments: [{ filename: "a.txt", content_base64: "eA==" }] }, "unsupported"],
  ["an answer to a message", { content: "97 %", thread: "1" }, "unsupported"],
  ["a card over 28 KB", { content: "x".repeat(28 * 1024) }, "payload_too_large"],
  ["a person", { to: { kind: "email", value: "anna@contoso.com" }, content: "97 %" }, "unsupported"],
  ["a person as a plain text", { to: "anna@contoso.com", content: "97 %" }, "unsupported"],
  ["a number as a plain text", { to: "+49 151 12345678", content: "97 %" }, "unsupported"],
  ["a channel that no workflow was made for", { to: { kind: "group", value: privateChannel }, content: "97 %" }, "unsupported"],
  ["such a channel as a plain text", { to: privateChannel, content: "97 %" }, "unsupported"],
])("%s is refused before anything is sent", async (_, request, code) => {
  await using open = await opened();

  const { error } = await open.call("send_message", { to: "ops", ...request });

  expect(error).toMatchObject({ code, dispatched: "no" });
  expect(open.platform.requests).toEqual([]);
});

test.each([
  ["a card that is none", { card: { type: "MessageCard", version: "1.4" } }],
  ["an option that there is not", { membership: "shared" }],
])("%s is refused by the host", async (_, teams_webhook) => {
  await using open = await opened();

  const refused = open.call("send_message", { to: "ops", content: "97 %", provider_options: { teams_webhook } });

  await expect(refused).rejects.toThrow(/provider_options\.teams_webhook/);
  expect(open.platform.requests).toEqual([]);
});

test("28 KB are bytes: a card of characters that take three is refused sooner", async () => {
  await using open = await opened();

  const latin = await open.call("send_message", { to: "ops", content: "x".repeat(10_000) });
  const thai = await open.call("send_message", { to: "ops", content: "ใ".repeat(10_000) });

  expect([latin.status, thai.error?.code]).toEqual(["ok", "payload_too_large"]);
});

test("a message to a channel with a workflow of its own goes there", async () => {
  await using open = await opened((url) => ({ webhook_urls: { [privateChannel]: `${url}/workflows/cars?sig=sig-0123456789` } }));

  await open.call("send_message", { to: { kind: "group", value: privateChannel }, content: "97 %" });
  await open.call("send_message", { to: "ops", content: "97 %" });

  expect(open.platform.requests.map(({ path }) => path)).toEqual(["/workflows/cars", "/workflows/1f2e"]);
});

test("a retired connector that says 1 has taken the card", async () => {
  await using open = await opened();
  open.platform.failNext({ body: "1", headers: { "request-id": "r-1" } });

  const { status, value } = await open.call("send_message", { to: "ops", content: "97 %" });

  expect([status, value?.message_id]).toEqual(["ok", "teams_webhook:r-1"]);
});

test("no part of the address is in an error: whoever has it can post", async () => {
  const secret = "webhookb2/4f1c@72f9/IncomingWebhook/s3cr3t-path";
  await using open = await opened((url) => ({ webhook_url: `${url}/${secret}` }));

  open.platform.failNext({ status: 503, body: "busy" });
  const busy = await open.call("send_message", { to: "ops", content: "1" });
  open.platform.failNext("reset");
  const broken = await open.call("send_message", { to: "ops", content: "2" });

  expect([busy.error?.code, broken.error?.code]).toEqual(["unavailable", "unavailable"]);
  expect(JSON.stringify([busy, broken, open.logs, open.host.status()])).not.toContain("s3cr3t-path");
});

test("the signature in the address is in no error, even when the workflow repeats it", async () => {
  await using open = await opened();
  open.platform.failNext(({ path, query }) => ({ status: 400, body: `No trigger at ${path} with ${JSON.stringify(query)}` }));

  const outcome = await open.call("send_message", { to: "ops", content: "97 %" });

  expect(outcome.error?.code).toBe("invalid_request");
  expect(JSON.stringify([outcome, open.logs])).not.toContain("sig-0123456789");
});

test("one workflow that refuses its signature does not take the others with it", async () => {
  await using open = await opened((url) => ({ webhook_urls: { cars: `${url}/workflows/cars?sig=wrong` } }));

  const refused = await open.call("send_message", { to: "cars", content: "97 %" });
  const next = await open.call("send_message", { to: "ops", content: "97 %" });

  expect([refused.error?.code, next.status]).toEqual(["auth", "ok"]);
});

function opened(more: (url: string) => object = () => ({})) {
  const config = (url: string) => ({ webhook_url: `${url}/workflows/1f2e?sig=sig-0123456789`, ...more(url) });
  return openPlugin(import.meta.dirname, { platform: teams(), config });
}

/** What Microsoft's renderer has to say of a card; the package has no JSON schema. */
function problemsOf(card: object): string[] {
  const context = new judge.SerializationContext(judge.Versions.v1_5);
  const parsed = new judge.AdaptiveCard();
  parsed.parse(card, context);
  const events = Array.from({ length: context.eventCount }, (_, index) => context.getEventAt(index).message);
  return [...events, ...parsed.validateProperties().validationEvents.map(({ message }) => message)];
}

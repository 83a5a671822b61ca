import { createEmulator } from "emulate";
import { z } from "hookline";
import { type OwnError, openPlugin, startPlatform, testPlugin } from "hookline/testing";
import { expect, test } from "vitest";

// The emulator's own webhook, into #general.
const path = "/services/T000000001/B000000001/X000000001";
const config = (url: string) => ({ url: url + path });
const observer = "xoxb-observer-0123";

/** The plugin over a fresh workspace, with a place for faults between the two, and a look at the channel. */
async function openWith(more: Record<string, unknown> = {}) {
  const tokens = [{ token: observer, user: "admin", scopes: ["channels:history"] }];
  const { url, close } = await createEmulator({ service: "slack", port: 0, seed: { slack: { tokens } } });
  const platform = await startPlatform({ url, close });
  const open = await openPlugin(import.meta.dirname, { config: (at) => ({ ...config(at), ...more }), platform });
  const posted = async () => {
    const body = new URLSearchParams({ channel: "C000000001" });
    const answer = await fetch(`${url}/api/conversations.history`, {
      method: "POST",
      headers: { authorization: `Bearer ${observer}` },
      body,
    });
    return history.parse(await answer.json()).messages.toSorted((one, other) => one.ts.localeCompare(other.ts));
  };
  const dispose = async () => {
    await open.close();
    await platform.close();
  };
  return { call: open.call, logs: open.logs, platform, posted, [Symbol.asyncDispose]: dispose };
}
const history = z.object({ messages: z.array(z.looseObject({ ts: z.string(), text: z.string() })) });

testPlugin(import.meta.dirname, {
  test,
  config,
  platform: () => createEmulator({ service: "slack", port: 0 }),
  calls: { send_message: { to: "#general", content: "The disk is full" } },
  errors: [
    refused(400, "invalid_payload", "invalid_request"),
    refused(400, "no_text", "invalid_request"),
    refused(400, "too_many_attachments", "payload_too_large"),
    refused(403, "action_prohibited", "permission", { failover: true }),
    refused(403, "posting_to_general_channel_denied", "permission"),
    refused(403, "invalid_token", "auth"),
    refused(404, "channel_not_found", "not_found", { failover: true }),
    refused(404, "no_service", "auth", { penalize: "hard" }),
    refused(404, "no_team", "auth"),
    refused(404, "<html>nothing here</html>", "not_found", { failover: true }),
    refused(410, "channel_is_archived", "not_found", { failover: true }),
    refused(500, "rollup_error", "unavailable", { dispatched: "maybe" }),
    refused(200, "not ok", "unavailable", { dispatched: "maybe" }),
    { ...refused(429, "rate_limited", "rate_limited", { retry_after_ms: 30_000 }), answer: limited() },
  ],
});

test("a message goes into the webhook's channel, and has a name of its own", async () => {
  await using slack = await openWith();
  const content = { subject: "Disk", text: "Full: <!channel> & more" };

  const first = await slack.call("send_message", { to: "#general", content });
  const second = await slack.call("send_message", {
    to: { kind: "group", value: "ops" },
    content: { markdown: "**Full** <@U1>" },
  });

  expect([first.status, second.status]).toEqual(["ok", "ok"]);
  expect(first.value?.message_id).toMatch(/^slack_webhook:webhook-[0-9a-f-]{36}$/);
  expect(second.value?.message_id).not.toBe(first.value?.message_id);
  expect(await slack.posted()).toMatchObject([
    { text: "*Disk*\nFull: &lt;!channel&gt; &amp; more" },
    { text: "**Full** &lt;@U1&gt;", blocks: [{ type: "markdown", text: "**Full** &lt;@U1>" }] },
  ]);
});

test("blocks and Slack's own markup go along as they are", async () => {
  await using slack = await openWith();
  const own = { text: "<@U1> come", blocks: [{ type: "divider" }], unfurl_links: false };

  await slack.call("send_message", { to: "#general", content: "x", provider_options: { slack_webhook: own } });

  expect(await slack.posted()).toMatchObject([own]);
});

test.each([
  ["a person's id", { to: "U0123456789" }, "unsupported"],
  ["a person", { to: { kind: "user", value: "anna" } }, "unsupported"],
  ["a phone number", { to: "+4915112345678" }, "unsupported"],
  ["an e-mail address", { to: "anna@example.test" }, "unsupported"],
  ["somebody among several", { to: ["#general", { kind: "phone", value: "+4915112345678" }] }, "unsupported"],
  ["HTML alone", { content: { html: "<b>Hi</b>" } }, "unsupported"],
  ["a template", { content: { template: { name: "welcome" } } }, "unsupported"],
  ["a file", { attachments: [{ filename: "a.txt", content_base64: "aGk=" }] }, "unsupported"],
  ["a thread", { thread: "C1/1.1" }, "unsupported"],
  ["a text of 40,001 characters", { content: "x".repeat(40_001) }, "payload_too_large"],
])("%s is refused, and nothing is posted", async (_, request, code) => {
  await using slack = await openWith();

  const { error } = await slack.call("send_message", { to: "#general", content: "Hi", ...request });

  expect(error).toMatchObject({ code, dispatched: "no" });
  expect(slack.platform.requests).toEqual([]);
});

test("an option that nobody knows is refused", async () => {
  await using slack = await openWith();
  const provider_options = { slack_webhook: { channel: "#other" } };

  const called = slack.call("send_message", { to: "#general", content: "Hi", provider_options });

  await expect(called).rejects.toMatchObject({ code: "invalid_request" });
});

test("with recipients in the settings nobody else is served", async () => {
  await using slack = await openWith({ recipients: ["#ops", "ops@example.test"] });

  const outcomes = [];
  for (const to of ["#ops", "ops@example.test", "#general"])
    outcomes.push(await slack.call("send_message", { to, content: "Hi" }));

  expect(outcomes.map(({ error }) => error?.code)).toEqual([undefined, undefined, "unsupported"]);
});

test.each([
  ["a refusal", { status: 404, body: `no page at ${path}` }],
  ["a reset", "reset"],
  ["a page of HTML", "html"],
] as const)("the path of the URL, which is the secret, is not in what %s says", async (_, fault) => {
  await using slack = await openWith();
  slack.platform.failNext(fault);

  const { error } = await slack.call("send_message", { to: "#general", content: "Hi" });

  expect(error?.message).toContain("/…");
  expect(JSON.stringify([error, slack.logs])).not.toContain("X000000001");
});

test("a URL that is none of a webhook is refused at the start", async () => {
  await using platform = await startPlatform(() => ({}));

  const opened = openPlugin(import.meta.dirname, { config: (url) => ({ url }), platform });

  await expect(opened).rejects.toMatchObject({ code: "settings_invalid" });
});

/** Slack says in a word why not, and no JSON. */
function refused(status: number, body: string, code: OwnError["code"], facts?: OwnError["facts"]): OwnError {
  return { name: `${status} ${body}`, hook: "send_message", answer: { status, body }, code, ...(facts && { facts }) };
}

function limited(): OwnError["answer"] {
  return { status: 429, headers: { "retry-after": "30" }, body: "rate_limited" };
}

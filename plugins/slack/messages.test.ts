import { openPlugin, startPlatform } from "hookline/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { openSlack, settings, workspace } from "./test/emulatedSlack.ts";

const { general, random, anna } = workspace;

test("a message comes back with an id that edits, answers and deletes it", async () => {
  await using slack = await openSlack();

  const sent = await slack.call("send_message", { to: general, content: "Lunch?" });
  const message = sent.value?.message_id;
  const answer = await slack.call("send_message", { to: general, content: "Yes", thread: message });
  const edited = await slack.call("edit_message", { message, content: "Dinner?" });
  const deleted = await slack.call("delete_message", { message: answer.value?.message_id });

  expect(message).toMatch(/^slack:C000000001\/\d+\.\d{6}$/);
  expect([edited.value?.message_id, deleted.value?.message_id]).toEqual([message, answer.value?.message_id]);
  expect(slack.platform.requests.at(-3)?.form).toMatchObject({ thread_ts: String(message).split("/")[1] });
  expect(await slack.messagesIn(general)).toMatchObject([{ text: "Dinner?" }]);
});

test("a person is found by the e-mail address, and gets a direct message", async () => {
  await using slack = await openSlack();

  const sent = await slack.call("send_message", { to: anna, content: "Hi" });

  expect(sent.value?.message_id).toMatch(/^slack:D/);
  const conversation = String(sent.value?.message_id).slice("slack:".length).split("/")[0] ?? "";
  expect(await slack.messagesIn(conversation)).toMatchObject([{ text: "Hi" }]);
});

test("each of several recipients has its own message; one whom nobody knows does not keep the others from theirs", async () => {
  await using slack = await openSlack();

  const sent = await slack.call("send_message", { to: ["nobody@example.test", general, "C0NOWHERE", random], content: "Hi" });

  expect(sent).toMatchObject({
    status: "partial",
    items: [
      { subject: "nobody@example.test", status: "failed", error: { code: "invalid_recipient" } },
      { subject: general, status: "sent", ref: expect.stringContaining(general) },
      { subject: "C0NOWHERE", status: "failed", error: { code: "invalid_recipient" } },
      { subject: random, status: "sent", ref: expect.stringContaining(random) },
    ],
  });
});

test("a look-up that breaks off has sent nothing", async () => {
  await using slack = await openSlack();
  slack.platform.failNext("reset");

  const { error } = await slack.call("send_message", { to: anna, content: "Hi" });

  expect(error).toMatchObject({ code: "unavailable", dispatched: "no" });
});

test("a scope that is missing is named", async () => {
  await using slack = await openSlack();
  slack.platform.failNext({ json: { ok: false, error: "missing_scope", needed: "chat:write", provided: "users:read" } });

  const { error } = await slack.call("send_message", { to: general, content: "Hi" });

  expect(error).toMatchObject({ code: "permission", failover: true });
  expect(error?.message).toContain("missing_scope; add the scope chat:write");
});

test("a text mentions nobody, unless the caller writes Slack's own markup", async () => {
  await using slack = await openSlack();

  await slack.call("send_message", { to: general, content: "<!channel> a < b & c" });
  await slack.call("send_message", { to: general, content: "x", provider_options: { slack: { text: "<@U1> come" } } });

  const texts = (await slack.messagesIn(general)).map(({ text }) => text);
  expect(texts.toSorted()).toEqual(["&lt;!channel&gt; a &lt; b &amp; c", "<@U1> come"]);
});

test("markdown is a block of Slack's, with the text for notifications; an edit without blocks removes it", async () => {
  await using slack = await openSlack();
  const content = { subject: "Disk", markdown: "**Full** <https://acme.test> <!here>", html: "<b>Full</b>" };

  const { value } = await slack.call("send_message", { to: general, content });
  const [before] = await slack.messagesIn(general);
  await slack.call("edit_message", { message: value?.message_id, content: "Empty again" });
  const [after] = await slack.messagesIn(general);

  expect(before).toMatchObject({
    text: "*Disk*\n**Full** &lt;https://acme.test&gt; &lt;!here&gt;",
    blocks: [{ type: "markdown", text: "**Disk**\n\n**Full** <https://acme.test> &lt;!here>" }],
  });
  expect(after).toMatchObject({ text: "Empty again", blocks: [] });
});

test("an edit takes away what only the old content had", async () => {
  await using slack = await openSlack();
  const provider_options = { slack: { attachments: [{ text: "92 %" }], blocks: [{ type: "divider" }] } };

  const { value } = await slack.call("send_message", { to: general, content: "Disk is full", provider_options });
  await slack.call("edit_message", { message: value?.message_id, content: "Empty again" });

  expect(slack.platform.requests.at(-1)?.form).toMatchObject({ text: "Empty again", blocks: "[]", attachments: "[]" });
});

test("blocks, the sender's name and metadata go along", async () => {
  await using slack = await openSlack();
  const blocks = [{ type: "divider" }];
  const request = {
    to: general,
    content: "Disk is full",
    from: { kind: "user", value: "U1", name: "Monitor" },
    metadata: { ticket: 7 },
  };

  await slack.call("send_message", {
    ...request,
    provider_options: { slack: { blocks, icon_emoji: ":fire:", unfurl_links: false } },
  });

  const event = { event_type: "hookline", event_payload: { ticket: 7 } };
  const look = { username: "Monitor", icon_emoji: ":fire:", unfurl_links: false };
  expect(await slack.messagesIn(general)).toMatchObject([{ text: "Disk is full", blocks, metadata: event, ...look }]);
});

test.each([
  ["HTML alone", { content: { html: "<b>Hi</b>" } }, "unsupported"],
  ["a template", { content: { text: "Hi", template: { name: "welcome" } } }, "unsupported"],
  ["a file", { content: "Hi", attachments: [{ filename: "a.txt", content_base64: "aGk=" }] }, "unsupported"],
  ["a text of 40,001 characters", { content: "ü".repeat(40_001) }, "payload_too_large"],
  ["a markdown of 12,001 characters", { content: { markdown: "x".repeat(12_001) } }, "payload_too_large"],
  ["a thread that is none", { content: "Hi", thread: "yesterday" }, "invalid_request"],
  ["a phone number", { content: "Hi", to: { kind: "phone", value: "+4915112345678" } }, "unsupported"],
])("%s is refused before anything is sent", async (_, request, code) => {
  await using slack = await openSlack();
  const before = slack.platform.requests.length;

  const { error } = await slack.call("send_message", { to: general, ...request });

  expect(error).toMatchObject({ code, dispatched: "no" });
  expect(slack.platform.requests.length).toBe(before);
});

test("an option that nobody knows is refused", async () => {
  await using slack = await openSlack();
  const provider_options = { slack: { blockz: [] } };

  const called = slack.call("send_message", { to: general, content: "Hi", provider_options });

  await expect(called).rejects.toMatchObject({ code: "invalid_request" });
});

test("the SDK does not tell Slack what runs here, and writes nothing to the console", async () => {
  const written = vi.spyOn(console, "warn");
  onTestFinished(() => written.mockRestore());
  await using slack = await openSlack();

  await slack.call("send_message", { to: general, content: "" });

  expect(written).not.toHaveBeenCalled();
  expect(slack.platform.requests.map(({ headers }) => headers["user-agent"])).toEqual(["hookline", "hookline"]);
});

test("a token that Slack refuses is a wrong setting; a Slack that is down is not", async () => {
  await using platform = await startPlatform(() => ({ status: 503 }));
  const open = () => openPlugin(import.meta.dirname, { config: settings, platform });

  platform.failNext({ json: { ok: false, error: "invalid_auth" } });
  const refused = await open().catch(String);
  await using slack = await open();

  expect(refused).toContain("Slack refused auth.test: invalid_auth; the token is wrong");
  expect(slack.logs.join("\n")).toContain("the settings could not be checked with the platform");
});

test("with a team_id every request names the workspace", async () => {
  await using slack = await openSlack({ team_id: "T0123456789" });

  await slack.call("send_message", { to: general, content: "Hi" });

  expect(slack.platform.requests.map(({ form }) => form.team_id)).toEqual(["T0123456789", "T0123456789"]);
});

test("health names the workspace and the app", async () => {
  await using slack = await openSlack();

  expect(await slack.ask("health_check")).toEqual({
    healthy: true,
    details: { team: "Emulate", user: "admin", user_id: workspace.own },
  });
});

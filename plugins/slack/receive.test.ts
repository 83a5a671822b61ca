import { expect, test } from "vitest";
import { receive } from "./receive.ts";
import { openSlack, signed, workspace } from "./test/emulatedSlack.ts";

// The worked example of https://docs.slack.dev/authentication/verifying-requests-from-slack
const example = {
  secret: "8f742231b10e8888abcd99yyyzzz85a5",
  timestamp: "1531420618",
  signature: "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
  body:
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
    "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=" +
    "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN" +
    "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
};
const then = Number(example.timestamp) * 1000;

function exampleRequest(changes: Record<string, string> = {}) {
  const headers = { "x-slack-request-timestamp": example.timestamp, "x-slack-signature": example.signature, ...changes };
  return { method: "POST", headers, query: {}, raw_body: Buffer.from(example.body) };
}

test("Slack's own example is genuine: a command, without the token that came with it", () => {
  const { events, response } = receive(exampleRequest(), example.secret, then);

  expect(response.status).toBe(200);
  expect(events).toMatchObject([
    { type: "other", id: expect.any(String), data: { type: "command", command: "/webhook-collect" } },
  ]);
  expect(events[0]?.data).not.toHaveProperty("token");
});

test.each([
  ["301 seconds old", {}, then + 301_000],
  ["301 seconds early", {}, then - 301_000],
  ["of no time", { "x-slack-request-timestamp": "soon" }, then],
  ["of another time", { "x-slack-request-timestamp": "1531420619" }, then],
  ["signed by another", { "x-slack-signature": `v0=${"0".repeat(64)}` }, then],
  ["signed with less", { "x-slack-signature": "v0=" }, then],
])("a request %s is refused, and Slack need not try again", (_, changes, now) => {
  const { events, response } = receive(exampleRequest(changes), example.secret, now);

  expect(events).toEqual([]);
  expect(response).toMatchObject({ status: 401, headers: { "x-slack-no-retry": "1" } });
});

test("a request of 300 seconds ago is still good", () => {
  expect(receive(exampleRequest(), example.secret, then + 300_000).response.status).toBe(200);
});

test("Slack's question whether the URL is ours is answered", async () => {
  await using slack = await openSlack();
  const request = signed(
    JSON.stringify({ token: "t", challenge: "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P", type: "url_verification" }),
  );

  const answer = await slack.host.handleWebhook("slack", request);

  expect(answer).toMatchObject({ status: 200, body: "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P", events: [] });
});

test("an event that Slack sends again is passed on once", async () => {
  await using slack = await openSlack();
  const body = callback({ type: "message", channel: "C1", user: "U1", text: "Hi", ts: "1700000000.000100" });
  const again = signed(body);

  const first = await slack.host.handleWebhook("slack", signed(body));
  const second = await slack.host.handleWebhook("slack", { ...again, headers: { ...again.headers, "X-Slack-Retry-Num": "1" } });

  expect(first.events).toMatchObject([
    {
      type: "message",
      id: "Ev123",
      at: "2023-11-14T22:13:20.000Z",
      message_id: "C1/1700000000.000100",
      group: "C1",
      from: { kind: "user", value: "U1" },
      content: { text: "Hi" },
    },
  ]);
  expect(second).toMatchObject({ status: 200, events: [] });
  expect(second.duplicates).toHaveLength(1);
});

test.each([
  [
    { type: "member_joined_channel", user: "U1", channel: "C1", channel_type: "C" },
    { type: "member_joined", group: "C1", from: { value: "U1" } },
  ],
  [
    { type: "member_left_channel", user: "U1", channel: "C1", channel_type: "C" },
    { type: "member_left", group: "C1", from: { value: "U1" } },
  ],
  [
    { type: "channel_created", channel: { id: "C1", name: "ops", creator: "U1" } },
    { type: "group_created", group: "C1", data: { channel: { name: "ops" } } },
  ],
  [
    { type: "channel_archive", channel: "C1", user: "U1" },
    { type: "group_deleted", group: "C1" },
  ],
  [
    { type: "group_deleted", channel: "G1" },
    { type: "group_deleted", group: "G1" },
  ],
  [
    { type: "reaction_added", user: "U1", reaction: "tada", item: { type: "message", channel: "C1", ts: "1.2" } },
    { type: "reaction", group: "C1", message_id: "C1/1.2", from: { value: "U1" }, data: { reaction: "tada" } },
  ],
  [
    { type: "message", subtype: "bot_message", channel: "C1", bot_id: "B1", text: "Beep", ts: "1.2" },
    { type: "message", from: { value: "B1" } },
  ],
  [
    { type: "message", subtype: "message_changed", channel: "C1", ts: "1.2", message: { text: "Hi!" } },
    { type: "other", data: { subtype: "message_changed" } },
  ],
  [{ type: "message", subtype: "channel_join", channel: "C1", user: "U1", ts: "1.2" }, { type: "other" }],
  [{ type: "app_mention", channel: "C1", user: "U1", text: "<@U2>", ts: "1.2" }, { type: "other" }],
])("$type $subtype becomes an event", (event, expected) => {
  const { events } = receive({ query: {}, ...signed(callback(event)) }, workspace.signing_secret);

  expect(events).toMatchObject([{ id: "Ev123", ...expected }]);
});

test("a button is a form around JSON, a new shape is an event, and what is no object is refused", () => {
  const press = new URLSearchParams({
    payload: JSON.stringify({ type: "block_actions", token: "t", actions: [{ value: "yes" }] }),
  });

  const button = receive({ query: {}, ...signed(String(press)) }, workspace.signing_secret);
  const strange = receive({ query: {}, ...signed('{"event_id":7}') }, workspace.signing_secret);
  const noise = ["{", "payload={", "[]", "a=b", ""].map((body) =>
    receive({ query: {}, ...signed(body) }, workspace.signing_secret),
  );
  const get = receive({ query: {}, ...signed("{}"), method: "GET" }, workspace.signing_secret);

  expect(button.events).toMatchObject([{ type: "other", data: { type: "block_actions", actions: [{ value: "yes" }] } }]);
  expect(strange).toMatchObject({ events: [{ type: "other", id: expect.any(String) }], response: { status: 200 } });
  expect(noise.map(({ events, response }) => [events.length, response.status])).toEqual(Array(5).fill([0, 400]));
  expect(get.response.status).toBe(405);
});

test("without a signing secret the plugin takes no webhooks", async () => {
  await using slack = await openSlack({ signing_secret: undefined });

  const handled = slack.host.handleWebhook("slack", signed("{}"));

  await expect(handled).rejects.toMatchObject({ code: "unsupported" });
});

function callback(event: Record<string, unknown>): string {
  return JSON.stringify({
    token: "t",
    type: "event_callback",
    team_id: "T1",
    event,
    event_id: "Ev123",
    event_time: 1_700_000_000,
  });
}

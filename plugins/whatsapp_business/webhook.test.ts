import { existsSync, readFileSync } from "node:fs";
import { openPlugin } from "hookline/testing";
import { expect, test } from "vitest";
import { group, number, token, whatsapp } from "./test/double.ts";
import { change, signed, status } from "./test/inbound.ts";

const document = new URL("../../../shared/specs/whatsapp.cloud.openapi.json", import.meta.url);
const secrets = { app_secret: "app-secret-0123", verify_token: "verify-me-0123" };

// Both are published: GitHub's (the same header, the same algorithm) and that of an independent WhatsApp SDK.
test.each([
  ["It's a Secret to Everybody", "Hello, World!", "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"],
  ["secret", "test", "0329a06b62cd16b33eb6792be8c60b158d89a2ee3a876fce9a881ebb488c0914"],
])("the signature with the secret %j is the published one", async (app_secret, raw_body, signature) => {
  await using open = await opened({ app_secret });
  const request = { method: "POST", headers: { "X-HUB-Signature-256": `sha256=${signature}` }, raw_body };

  const right = await open.ask("handle_webhook", request);
  const wrong = await open.ask("handle_webhook", { ...request, raw_body: `${raw_body} ` });

  // The body of a vector is no webhook: it is refused as that, after its signature was found right.
  expect(right).toMatchObject({ events: [], response: { status: 400 } });
  expect(wrong).toMatchObject({ events: [], response: { status: 401 } });
});

test("a signed body of a new shape is an event of type other", async () => {
  const events = await eventsOf({ news: 1 });

  expect(events).toMatchObject([{ type: "other", id: expect.any(String), data: { raw: { news: 1 } } }]);
});

test("the handshake gives the challenge back to who knows the token", async () => {
  await using open = await opened();
  const query = { "hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "verify-me-0123" };

  const right = await open.ask("handle_webhook", { method: "GET", headers: {}, query, raw_body: "" });
  const wrong = await open.ask("handle_webhook", {
    method: "GET",
    headers: {},
    query: { ...query, "hub.verify_token": "guess" },
    raw_body: "",
  });

  expect(right).toMatchObject({ events: [], response: { status: 200, body: "1158201444" } });
  expect(wrong).toEqual({ events: [], response: { status: 403, body: "hub.verify_token is wrong" } });
});

test("without a verify_token no handshake succeeds", async () => {
  await using open = await opened({ app_secret: "app-secret-0123" });
  const query = { "hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "" };

  const answer = await open.ask("handle_webhook", { method: "GET", headers: {}, query, raw_body: "" });

  expect(answer).toMatchObject({ response: { status: 403 } });
});

test("a status tells how far a message has come, and the same one twice has the same id", async () => {
  const [sent, again, read] = [await eventsOf(status("sent")), await eventsOf(status("sent")), await eventsOf(status("read"))];

  expect(sent).toMatchObject([{ type: "delivery", message_id: "wamid.1", status: "sent", at: "2025-06-15T23:27:53.000Z" }]);
  expect(again[0]?.id).toBe(sent[0]?.id);
  expect(read[0]?.id).not.toBe(sent[0]?.id);
});

test("a message that failed says why in our words", async () => {
  const errors = [
    {
      code: 131047,
      title: "Re-engagement message",
      message: "Re-engagement message",
      error_data: { details: "More than 24 hours" },
    },
  ];

  const [event] = await eventsOf(status("failed", { errors }));

  expect(event).toMatchObject({
    status: "failed",
    data: { error: { code: "unsupported", message: expect.stringContaining("send a template") } },
  });
});

test("a status in a group names the group, and each member's is an event of its own", async () => {
  const inGroup = (recipient_participant_id: string) =>
    status("delivered", { recipient_id: group, recipient_type: "group", recipient_participant_id });

  const [anna] = await eventsOf(inGroup("16505551234"));
  const [ben] = await eventsOf(inGroup("4915112345678"));

  expect(anna).toMatchObject({ group, status: "delivered" });
  expect(anna?.id).not.toBe(ben?.id);
});

test("a message says who wrote what, and where", async () => {
  const contacts = [{ profile: { name: "Sheena Nelson" }, wa_id: "16505551234" }];
  const messages = [
    {
      from: "16505551234",
      id: "wamid.in",
      timestamp: "1749416383",
      type: "text",
      text: { body: "Another colour?" },
      group_id: group,
    },
  ];

  const events = await eventsOf(change("messages", { contacts, messages }));

  expect(events).toMatchObject([
    {
      type: "message",
      id: "wamid.in",
      message_id: "wamid.in",
      group,
      from: { kind: "phone", value: "+16505551234", name: "Sheena Nelson" },
      content: { text: "Another colour?" },
    },
  ]);
});

test("a group that was asked for has been created: the event has its id, and that of the request", async () => {
  const groups = [
    {
      timestamp: "1750030073",
      group_id: group,
      type: "group_create",
      request_id: "106540352242923",
      subject: "Cars",
      invite_link: "https://chat.whatsapp.com/LINK_ID",
    },
  ];

  const events = await eventsOf(change("group_lifecycle_update", { groups }));

  expect(events).toMatchObject([
    { type: "group_created", group, data: { request_id: "106540352242923", invite_link: "https://chat.whatsapp.com/LINK_ID" } },
  ]);
});

test("a group that could not be created is no group_created", async () => {
  const groups = [
    {
      timestamp: "1750030073",
      type: "group_create",
      request_id: "106540352242923",
      errors: [{ code: "131000", title: "Something went wrong" }],
    },
  ];

  const events = await eventsOf(change("group_lifecycle_update", { groups }));

  expect(events).toMatchObject([{ type: "other", data: { request_id: "106540352242923", error: { code: "unavailable" } } }]);
});

test("who comes and who goes is an event each, and who could not be removed is told", async () => {
  const joined = {
    timestamp: "1750030073",
    group_id: group,
    type: "group_participants_add",
    reason: "invite_link",
    added_participants: [{ wa_id: "16505551234" }, { wa_id: "33612345678" }],
  };
  const left = {
    timestamp: "1750030074",
    group_id: group,
    type: "group_participants_remove",
    request_id: "7",
    removed_participants: [{ input: "+16505551234", wa_id: "16505551234" }],
    errors: [{ code: 131000 }],
  };

  const events = await eventsOf(change("group_participants_update", { groups: [joined, left] }));

  expect(events.map(({ type, from }) => [type, from?.value])).toEqual([
    ["member_joined", "+16505551234"],
    ["member_joined", "+33612345678"],
    ["member_left", "+16505551234"],
    ["other", undefined],
  ]);
  expect(new Set(events.map(({ id }) => id)).size).toBe(4);
});

test("who was removed has left, also in Meta's own example: its numbers are no texts, and it calls itself group_create", async () => {
  const groups = [
    { timestamp: "1750269342", group_id: group, type: "group_create", removed_participants: [{ input: 1, wa_id: 16505551234 }] },
  ];

  const events = await eventsOf(change("group_participants_update", { groups }));

  expect(events).toMatchObject([{ type: "member_left", group, from: { value: "+16505551234" } }]);
});

test("one change that nobody understands does not cost the others", async () => {
  const { entry } = status("read");
  const odd = [{ field: "account_update", value: "odd" }, { field: "calls" }, 7];

  const events = await eventsOf({
    object: "whatsapp_business_account",
    entry: [{ id: "1", changes: [...odd, ...(entry[0]?.changes ?? [])] }],
  });

  expect(events.map(({ type }) => type)).toEqual(["other", "other", "other", "delivery"]);
});

test("what is about another number of the same app is left to its instance", async () => {
  const { entry } = status("read");

  expect(await eventsOf(change("messages", { statuses: entry[0]?.changes[0]?.value }, "999"))).toEqual([]);
});

test("what else Meta tells is passed on as it is", async () => {
  const body = {
    object: "whatsapp_business_account",
    entry: [{ id: "1", changes: [{ field: "message_template_status_update", value: { event: "APPROVED" } }] }],
  };

  expect(await eventsOf(body)).toMatchObject([{ type: "other", data: { raw: { value: { event: "APPROVED" } } } }]);
});

test("each of Meta's own examples is understood", async ({ skip }) => {
  if (!existsSync(document)) return skip("Meta's description is not here");
  const api = JSON.parse(readFileSync(document, "utf8"));
  const { examples } = api.paths["/whatsapp/webhooks"].post.requestBody.content["application/json"];
  const bodies: unknown[] = Object.values(examples).map((example) => (example as { value: unknown }).value);

  const events = await Promise.all(bodies.map((body) => eventsOf(body)));

  expect(bodies.length).toBe(16);
  expect(events.every((list) => list.length > 0 && list.every(({ id }) => id))).toBe(true);
});

interface Told {
  type: string;
  id?: string;
  from?: { value: string };
}

async function eventsOf(payload: unknown): Promise<Told[]> {
  await using open = await opened();
  // The host has checked the answer's shape.
  const { events } = (await open.ask("handle_webhook", signed(payload))) as { events: Told[] };
  return events;
}

function opened(settings: object = secrets) {
  const config = (api_url: string) => ({ api_token: token, phone_number_id: number, api_url, ...settings });
  return openPlugin(import.meta.dirname, { platform: whatsapp(), config });
}

import { verifyKey } from "discord-interactions";
import { expect, test } from "vitest";
import { ids } from "./test/discordState.ts";
import { openDiscord } from "./test/openDiscord.ts";
import { public_key, signedRequest } from "./test/signedRequest.ts";

const open = () => openDiscord({ public_key });
const command = {
  // The example of https://docs.discord.com/developers/reference#snowflakes, with its time.
  id: "175928847299117063",
  application_id: ids.bot,
  type: 2,
  token: "an-interaction-token",
  channel_id: ids.general,
  guild_id: ids.guild,
  member: { user: { id: ids.anna, username: "anna" }, roles: [] },
  data: { id: "1400000000000000001", name: "ping", type: 1 },
};

test("the ping of an interactions URL is answered with a pong, and that of an events URL with 204", async () => {
  const discord = await open();

  const pong = await discord.ask(
    "handle_webhook",
    signedRequest({ id: "1400000000000000123", application_id: ids.bot, type: 1, token: "t", version: 1 }),
  );
  const empty = await discord.ask("handle_webhook", signedRequest({ version: 1, application_id: ids.bot, type: 0 }));

  expect(pong).toEqual({
    events: [],
    response: { status: 200, headers: { "content-type": "application/json" }, body: '{"type":1}' },
  });
  expect(empty).toEqual({ events: [], response: { status: 204, headers: { "content-type": "application/json" } } });
});

test("a command is an event with its token, and who gave it sees that an answer follows", async () => {
  const discord = await open();

  const answer = await discord.ask("handle_webhook", signedRequest(command));

  expect(answer).toEqual({
    events: [
      {
        type: "other",
        id: command.id,
        at: "2016-04-30T11:18:25.796Z",
        from: { kind: "user", value: ids.anna, name: "anna" },
        data: command,
      },
    ],
    response: { status: 200, headers: { "content-type": "application/json" }, body: '{"type":5,"data":{"flags":64}}' },
  });
});

test.each([
  ["a button", 3, { type: 6 }],
  ["an autocompletion", 4, { type: 8, data: { choices: [] } }],
  ["a form", 5, { type: 5, data: { flags: 64 } }],
])("%s is acknowledged in its own way", async (_, type, expected) => {
  const discord = await open();

  const { events, response } = await discord.ask("handle_webhook", signedRequest({ ...command, type }));

  expect(events).toHaveLength(1);
  expect(response).toMatchObject({ status: 200, body: JSON.stringify(expected) });
});

test("an event of the application is one event however often it is delivered, and another one is another", async () => {
  const discord = await open();
  const told = (timestamp: string) => ({
    version: 1,
    application_id: ids.bot,
    type: 1,
    event: { type: "APPLICATION_AUTHORIZED", timestamp, data: { integration_type: 0, scopes: ["bot"], user: { id: ids.anna } } },
  });

  const answers = [
    await discord.ask("handle_webhook", signedRequest(told("2026-10-18T14:42:53.064834"))),
    await discord.ask("handle_webhook", signedRequest(told("2026-10-18T14:42:53.064834"), "1770000030")),
    await discord.ask("handle_webhook", signedRequest(told("2026-10-18T14:42:54.064834"))),
  ];

  const [first, copy, other] = answers.map(({ events }) => (Array.isArray(events) ? events[0] : undefined));
  expect(first).toMatchObject({
    type: "other",
    at: "2026-10-18T14:42:53.064834Z",
    from: { kind: "user", value: ids.anna },
    data: { event: "APPLICATION_AUTHORIZED", scopes: ["bot"] },
  });
  expect(copy.id).toBe(first.id);
  expect(other.id).not.toBe(first.id);
  expect(answers[0]?.response).toMatchObject({ status: 204 });
});

test.each([
  ["as it is", (request: Request) => request],
  ["with headers in lower case", ({ headers, ...rest }: Request) => ({ ...rest, headers: lowerCase(headers) })],
  ["as bytes", ({ raw_body, ...rest }: Request) => ({ ...rest, raw_body: Buffer.from(raw_body) })],
  ["with another body", (request: Request) => ({ ...request, raw_body: `${request.raw_body} ` })],
  [
    "with another timestamp",
    ({ headers, ...rest }: Request) => ({ ...rest, headers: { ...headers, "X-Signature-Timestamp": "1770000001" } }),
  ],
  [
    "with another signature",
    ({ headers, ...rest }: Request) => ({ ...rest, headers: { ...headers, "X-Signature-Ed25519": "ab".repeat(64) } }),
  ],
  [
    "with half a signature",
    ({ headers, ...rest }: Request) => ({
      ...rest,
      headers: { ...headers, "X-Signature-Ed25519": headers["X-Signature-Ed25519"].slice(64) },
    }),
  ],
  ["with no signature", (request: Request) => ({ ...request, headers: {} })],
])("a request %s is judged as discord-interactions judges it", async (_, change) => {
  const discord = await open();
  const request = change(signedRequest({ ...command, data: { name: "grüße" } }));
  const headers = lowerCase(request.headers);

  const { response, events } = await discord.ask("handle_webhook", request);

  const body = Buffer.from(request.raw_body);
  const isGenuine = await verifyKey(
    body,
    headers["x-signature-ed25519"] ?? "",
    headers["x-signature-timestamp"] ?? "",
    public_key,
  );
  expect(response).toMatchObject({ status: isGenuine ? 200 : 401 });
  expect(events).toHaveLength(isGenuine ? 1 : 0);
});

test("what is signed and no event, and what is no POST, is refused", async () => {
  const discord = await open();

  const answers = [
    await discord.ask("handle_webhook", signedRequest("{")),
    await discord.ask("handle_webhook", signedRequest([command])),
    await discord.ask("handle_webhook", { ...signedRequest(command), method: "GET" }),
  ];

  expect(answers.map(({ response }) => response)).toMatchObject([{ status: 400 }, { status: 400 }, { status: 405 }]);
});

test("without a public key there is no handle_webhook", async () => {
  const discord = await openDiscord();

  expect(discord.host.instance("discord").hooks).not.toContain("handle_webhook");
});

type Request = ReturnType<typeof signedRequest>;

function lowerCase(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

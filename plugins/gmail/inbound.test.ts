import { openPlugin, type PlatformRequest } from "hookline/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { user } from "./test/emulatedGmail.ts";
import { openGmail } from "./test/openGmail.ts";
import { push, signedPush } from "./test/signedPush.ts";

const settings = { client_id: "c", client_secret: "s123", refresh_token: "r123", topic: "projects/acme/topics/gmail" };
const mail = (subject: string) => `From: "Ben Ö" <ben@example.test>\r\nTo: ${user}\r\nSubject: ${subject}\r\n\r\nJa, um eins.`;

test("a mail that arrives is an event with all that it says; the same push again tells of the same event", async () => {
  await using gmail = await openGmail();
  const file = "Content-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nabc";
  const text = "Content-Type: text/plain; charset=utf-8\r\n\r\nJa, um eins.";
  const raw = `${mail("Lunch").split("\r\n\r\n")[0]}\r\nMessage-ID: <re@example.test>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${text}\r\n--b\r\n${file}\r\n--b--`;
  const { id, threadId, historyId } = await gmail.mailbox.deliver({ raw });

  const first = await gmail.ask("handle_webhook", signedPush({ emailAddress: user, historyId }));
  const again = await gmail.ask("handle_webhook", signedPush({ emailAddress: user, historyId }));

  expect(first).toMatchObject({
    events: [
      {
        type: "message",
        id,
        message_id: `${threadId}/${id}`,
        at: expect.stringMatching(/^20\d\d-.*Z$/),
        from: { kind: "email", value: "ben@example.test", name: "Ben Ö" },
        content: { subject: "Lunch", text: "Ja, um eins." },
        data: {
          to: user,
          message_id_header: "<re@example.test>",
          label_ids: ["INBOX", "UNREAD"],
          attachments: [{ filename: "a.txt", content_type: "text/plain", size: 3 }],
        },
      },
    ],
  });
  expect(again.events).toMatchObject([{ id }]);
});

test("a mail whose sender has quotation marks in the name, and that says no time, is an event, too", async () => {
  await using gmail = await openGmail();
  const headers = [{ name: "From", value: String.raw`"Ben \"the Lunch\" Ö" <ben@example.test>` }];
  const { historyId } = await gmail.mailbox.deliver({ raw: mail("one") });
  gmail.platform.failNext({ json: { id: "7", threadId: "7", internalDate: "soon", payload: { headers } } }, { after: 2 });

  const { events } = await gmail.ask("handle_webhook", signedPush({ emailAddress: user, historyId }));

  expect(events).toMatchObject([{ id: "7", from: { value: "ben@example.test", name: 'Ben "the Lunch" Ö' } }]);
});

test("only what is new and carries one of the labels is told of, and a push may be about several", async () => {
  await using gmail = await openGmail({ labels: ["INBOX", "STARRED"] });
  await gmail.mailbox.deliver({ raw: mail("one") });
  await gmail.mailbox.deliver({ raw: mail("a draft"), labelIds: ["DRAFT"] });
  const { historyId } = await gmail.mailbox.deliver({ raw: mail("two"), labelIds: ["STARRED"] });

  const { events } = await gmail.ask("handle_webhook", signedPush({ emailAddress: user, historyId }));

  expect(events).toMatchObject([{ content: { subject: "one" } }, { content: { subject: "two" } }]);
});

test("a push that waited while we were away is followed up from where it is", async () => {
  await using gmail = await openGmail();
  const { historyId } = await gmail.mailbox.deliver({ raw: mail("while away") });
  // The watch of a host that starts afterwards begins behind it.
  gmail.platform.failNext({ json: { historyId: "99999999", expiration: String(Date.now() + 604_800_000) } });
  await gmail.host.reload("gmail");

  const { events } = await gmail.ask("handle_webhook", signedPush({ emailAddress: user, historyId }));

  expect(events).toMatchObject([{ content: { subject: "while away" } }]);
});

const strangers: [string, number, () => Record<string, unknown>][] = [
  ["for somebody else", 401, () => signedPush(change, { claims: { aud: "https://other.test" } })],
  ["by another account", 403, () => signedPush(change, { claims: { email: "evil@evil.iam.gserviceaccount.com" } })],
  ["by an account whose address is not verified", 403, () => signedPush(change, { claims: { email_verified: false } })],
  ["by nobody in particular", 403, () => signedPush(change, { claims: { email: undefined } })],
  ["of another issuer", 401, () => signedPush(change, { claims: { iss: "https://evil.test" } })],
  ["signed with another key", 401, () => signedPush(change, { by: "stranger" })],
  ["that has expired", 401, () => signedPush(change, { claims: { iat: 1_700_000_000, exp: 1_700_003_600 } })],
  ["with a token cut short", 401, () => ({ ...signedPush(change), headers: { authorization: "Bearer a.b" } })],
  ["without a token", 401, () => ({ ...signedPush(change), headers: {} })],
  ["by GET", 405, () => ({ ...signedPush(change), method: "GET" })],
  ["about nothing", 400, () => ({ ...signedPush(change), raw_body: "" })],
];
const change = { emailAddress: user, historyId: 2 };

test.each(strangers)("a push %s is answered %i, and nothing is read", async (_, status, request) => {
  await using gmail = await openGmail();

  const answer = await gmail.ask("handle_webhook", request());

  expect(answer).toMatchObject({ events: [], response: { status } });
  expect(gmail.paths().filter((path) => path.includes("/history"))).toEqual([]);
});

test.each([
  ["nothing", { ...signedPush(change), raw_body: "{}" }],
  ["no number", signedPush({ emailAddress: user, historyId: "1;drop" })],
])("a signed push about %s is an event of type other, and nothing is read", async (_, request) => {
  await using gmail = await openGmail();

  const answer = await gmail.ask("handle_webhook", request);

  expect(answer).toMatchObject({ events: [{ type: "other", id: expect.any(String) }] });
  expect(gmail.paths().filter((path) => path.includes("/history"))).toEqual([]);
});

test("Google's certificates are read once; while they cannot be read, a push has to come again", async () => {
  await using gmail = await openGmail();
  gmail.platform.failNext({ status: 500 });

  const unread = await gmail.ask("handle_webhook", signedPush(change));
  const read = await gmail.ask("handle_webhook", signedPush(change));
  await gmail.ask("handle_webhook", signedPush(change));

  expect(unread).toMatchObject({ events: [], response: { status: 503 } });
  expect(read.events).not.toEqual([]);
  expect(gmail.paths().filter((path) => path === "GET /certs")).toHaveLength(2);
});

test("when Gmail cannot be read the push comes again, and loses nothing", async () => {
  await using gmail = await openGmail();
  const { historyId } = await gmail.mailbox.deliver({ raw: mail("one") });
  const request = signedPush({ emailAddress: user, historyId });
  gmail.platform.failNext({ status: 429 }, { after: 2 });

  const first = await gmail.ask("handle_webhook", request);
  const second = await gmail.ask("handle_webhook", request);

  expect(first).toMatchObject({ events: [], response: { status: 503 } });
  expect(second.events).toMatchObject([{ content: { subject: "one" } }]);
});

test("changes that Gmail has forgotten are not asked for again and again", async () => {
  await using gmail = await openGmail();
  gmail.platform.failNext(
    { status: 404, json: { error: { code: 404, message: "Requested entity was not found.", errors: [{ reason: "notFound" }] } } },
    { after: 1 },
  );

  const answer = await gmail.ask("handle_webhook", signedPush(change));

  expect(answer).toEqual({ events: [] });
  expect(gmail.logs.join()).toContain("forgotten the changes");
});

test("a mail that is gone before it is read is passed over", async () => {
  await using gmail = await openGmail();
  await gmail.mailbox.deliver({ raw: mail("gone") });
  const { historyId } = await gmail.mailbox.deliver({ raw: mail("here") });
  gmail.platform.failNext({ status: 404, json: {} }, { after: 2 });

  const { events } = await gmail.ask("handle_webhook", signedPush({ emailAddress: user, historyId }));

  expect(events).toMatchObject([{ content: { subject: "here" } }]);
});

test("all pages of the changes are read", async () => {
  await using gmail = await openGmail();
  const { id, threadId } = await gmail.mailbox.deliver({ raw: mail("one") });
  const added = { history: [{ id: "5", messagesAdded: [{ message: { id, threadId, labelIds: ["INBOX"] } }] }] };
  gmail.platform.failNext({ json: { historyId: "9", nextPageToken: "p2" } }, { after: 1 });
  gmail.platform.failNext((request) => ({ json: { historyId: "9", ...(request.query.pageToken === "p2" && added) } }), {
    after: 1,
  });

  const { events } = await gmail.ask("handle_webhook", signedPush(change));

  expect(events).toMatchObject([{ id }]);
});

test("a push about another mailbox is taken and left alone", async () => {
  await using gmail = await openGmail({ user });

  const answer = await gmail.ask("handle_webhook", signedPush({ emailAddress: "cleo@acme.test", historyId: 2 }));

  expect(answer).toEqual({ events: [] });
  expect(gmail.paths().filter((path) => path.includes("/history"))).toEqual([]);
});

test("the watch is renewed every day, sooner when it ends sooner, within the hour when it failed", async () => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  let days: number | undefined = 1;
  const platform = ({ path }: PlatformRequest) => {
    if (path === "/token") return { json: { access_token: "token-1", expires_in: 999_999_999 } };
    if (!path.endsWith("/watch")) return { json: { emailAddress: user } };
    return days ? { json: { historyId: "5", expiration: String(Date.now() + days * 86_400_000) } } : { status: 503 };
  };
  const config = (url: string) => ({ ...settings, ...push, api_url: url, token_url: `${url}/token` });
  await using gmail = await openPlugin(import.meta.dirname, { platform, config });
  const watches = () => gmail.platform.requests.filter(({ path }) => path.endsWith("/watch"));
  /** Resolves when there are so many watches after so many hours more. */
  const after = async (hours: number, count: number) => {
    await vi.advanceTimersByTimeAsync(hours * 3_600_000);
    await vi.waitFor(() => expect(watches()).toHaveLength(count));
  };

  await after(11, 1);
  days = undefined;
  await after(1, 2);
  await vi.waitFor(() => expect(gmail.logs.join()).toContain("Gmail does not watch the mailbox"));
  const unwatched = await gmail.ask("health_check");
  days = 7;
  await after(1, 4);
  const watched = await gmail.ask("health_check");
  await after(23, 4);
  await after(2, 5);

  expect([unwatched, watched]).toMatchObject([{ healthy: false }, { healthy: true }]);
  expect(watches()[0]?.json).toEqual({ topicName: settings.topic, labelIds: ["INBOX"], labelFilterBehavior: "include" });
});

test("a topic that Gmail may not publish to is a problem of the settings", async () => {
  const message =
    "Error sending test message to Cloud PubSub projects/acme/topics/gmail : User not authorized to perform this action.";
  const refused = { status: 403, json: { error: { code: 403, message, errors: [{ reason: "forbidden", message }] } } };
  const platform = ({ path }: PlatformRequest) => {
    if (path === "/token") return { json: { access_token: "token-1", expires_in: 3600 } };
    return path.endsWith("/watch") ? refused : { json: { emailAddress: user } };
  };
  const config = (url: string) => ({ ...settings, ...push, api_url: url, token_url: `${url}/token` });

  const opening = openPlugin(import.meta.dirname, { platform, config });

  await expect(opening).rejects.toThrow(/Error sending test message to Cloud PubSub/);
});

test("without a topic there is nothing inbound: no watch, no hook", async () => {
  await using gmail = await openGmail({ topic: undefined, push_audience: undefined, push_service_account: undefined });

  expect(gmail.host.instance("gmail").hooks).not.toContain("handle_webhook");
  expect(gmail.paths().filter((path) => path.endsWith("/watch"))).toEqual([]);
});

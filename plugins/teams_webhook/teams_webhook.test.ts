import { openPlugin, testPlugin } from "hookline/testing";
import { expect, test } from "vitest";
import { anna, ben, carla, graphError, privateChannel, team, teams } from "./test/double.ts";

const webhook = (url: string) => `${url}/workflows/1f2e/triggers/manual/paths/invoke?sig=sig-0123456789`;
const config = (url: string) => ({
  webhook_url: webhook(url),
  tenant_id: "contoso",
  client_id: "app-1",
  client_secret: "client-secret-0123",
  team_id: team,
  owner: anna.id,
  graph_url: `${url}/v1.0`,
  login_url: url,
});

testPlugin(import.meta.dirname, {
  test,
  config,
  platform: teams,
  calls: {
    send_message: { to: "ops", content: { subject: "Disk", markdown: "**97 %** full" } },
    create_group: { name: "Architecture", description: "Where we debate" },
    get_group: { group: privateChannel },
    update_group: { group: privateChannel, name: "Bikes" },
    delete_group: { group: privateChannel },
    list_groups: {},
    add_member: { group: privateChannel, members: [carla.email] },
    remove_member: { group: privateChannel, members: [ben.email] },
    list_members: { group: privateChannel },
  },
  expects: {
    // The team was found at the start, so it is the owner.
    create_group: { "404": "invalid_recipient" },
    // The channel was read before, so it is the person who is not there.
    add_member: { "404": "invalid_recipient", "409": "ok" },
    remove_member: { "404": "ok" },
  },
  errors: [
    {
      name: "a flow that is switched off",
      hook: "send_message",
      answer: { status: 404, json: { error: { code: "WorkflowNotFound" } } },
      code: "not_found",
      facts: { failover: true },
    },
    { name: "a card that is too large", hook: "send_message", answer: { status: 413 }, code: "payload_too_large" },
    {
      name: "a retired connector's 200 with a 429 inside",
      hook: "send_message",
      answer: failed(429),
      code: "rate_limited",
      facts: { dispatched: "no" },
    },
    { name: "a retired connector's 200 with a 413 inside", hook: "send_message", answer: failed(413), code: "payload_too_large" },
    { name: "a retired connector's 200 with a 400 inside", hook: "send_message", answer: failed(400), code: "invalid_request" },
    {
      name: "a retired connector's 200 with a 500 inside",
      hook: "send_message",
      answer: failed(500),
      code: "unavailable",
      facts: { dispatched: "maybe" },
    },
    {
      name: "a name that is taken",
      hook: "create_group",
      request: { name: "Cars" },
      answer: graphError(400, "NameAlreadyExists", "Channel name already existed, please use other name"),
      code: "conflict",
    },
    {
      name: "an app without the permission",
      hook: "create_group",
      answer: graphError(403, "Forbidden", "Missing role permissions"),
      code: "permission",
    },
    {
      name: "a token that was revoked",
      hook: "get_group",
      answer: graphError(401, "InvalidAuthenticationToken", "Access token has expired."),
      code: "auth",
      facts: { retryable: true, penalize: "soft" },
    },
    {
      name: "too many requests",
      hook: "list_members",
      answer: graphError(429, "TooManyRequests", "Too many", { "retry-after": "12" }),
      code: "rate_limited",
      facts: { retry_after_ms: 12_000 },
    },
    { name: "a list without its value", hook: "list_groups", answer: { json: {} }, code: "unavailable" },
  ],
  api: {
    document: "../../../shared/specs/msgraph.teams.lean.openapi.json",
    base: "/v1.0",
    exceptions: [
      { where: "POST /workflows/", reason: "the address of a workflow is no part of Graph" },
      { where: "POST /contoso/oauth2/", reason: "tokens come from Microsoft Entra, which is no part of Graph" },
    ],
  },
});

test("without credentials it only sends", async () => {
  await using open = await openPlugin(import.meta.dirname, {
    platform: teams(),
    config: (url) => ({ webhook_url: webhook(url) }),
  });

  const { hooks } = open.host.instance(open.id);

  expect(hooks).toEqual(["send_message"]);
});

test("credentials are given whole or not at all", async () => {
  const half = openPlugin(import.meta.dirname, { config: { webhook_url: "https://example.com/", tenant_id: "contoso" } });

  await expect(half).rejects.toThrow(/client_id/);
});

test("a wrong client secret keeps the plugin from starting, and the error does not name it", async () => {
  const refused = openPlugin(import.meta.dirname, {
    platform: teams(),
    config: (url) => ({ ...config(url), client_secret: "wrong-secret-0123" }),
  });

  await expect(refused).rejects.toThrow(/AADSTS7000215: Invalid client secret provided\.; check tenant_id/);
  await expect(refused).rejects.not.toThrow(/wrong-secret/);
});

test("a Microsoft Entra that is too busy says nothing about the settings", async () => {
  await using open = await openPlugin(import.meta.dirname, { platform: teams({ expires_in: 0 }), config });
  open.platform.failNext({
    status: 400,
    json: { error: "temporarily_unavailable", error_description: "AADSTS90033: Try later" },
  });

  const { error } = await open.call("list_groups");

  expect(error).toMatchObject({ code: "unavailable", dispatched: "no", message: expect.stringContaining("AADSTS90033") });
});

test("one token serves many calls", async () => {
  await using open = await openPlugin(import.meta.dirname, { platform: teams(), config });

  await Promise.all([open.call("list_groups"), open.call("get_group", { group: privateChannel }), open.call("list_groups")]);

  expect(open.platform.requests.filter(({ path }) => path.endsWith("/token"))).toHaveLength(1);
});

test("a token that has ended is renewed before the request, which goes out once", async () => {
  await using open = await openPlugin(import.meta.dirname, { platform: teams({ expires_in: 0 }), config });
  const before = open.platform.requests.length;

  const { status } = await open.call("list_groups");

  expect(status).toBe("ok");
  expect(open.platform.requests.slice(before).map(({ path }) => path)).toEqual([
    "/contoso/oauth2/v2.0/token",
    `/v1.0/teams/${team}/channels`,
  ]);
  expect(open.platform.requests.at(-1)?.headers.authorization).toBe("Bearer access-token-2");
});

test("calls at the same time wait for one new token", async () => {
  await using open = await openPlugin(import.meta.dirname, { platform: teams({ expires_in: 0 }), config });
  const before = open.platform.requests.length;

  await Promise.all([open.call("list_groups"), open.call("list_groups"), open.call("list_groups")]);

  expect(open.platform.requests.slice(before).filter(({ path }) => path.endsWith("/token"))).toHaveLength(1);
});

test("after a 401 the next call takes a new token", async () => {
  await using open = await openPlugin(import.meta.dirname, { platform: teams(), config });
  open.platform.failNext(graphError(401, "InvalidAuthenticationToken", "Access token has expired."));

  const first = await open.call("list_groups");
  const second = await open.call("list_groups");

  expect([first.error?.code, second.status]).toEqual(["auth", "ok"]);
  expect(open.platform.requests.at(-1)?.headers.authorization).toBe("Bearer access-token-2");
});

test("a token that cannot be had means that nothing was done", async () => {
  await using open = await openPlugin(import.meta.dirname, { platform: teams({ expires_in: 0 }), config });
  open.platform.failNext("reset");

  const { error } = await open.call("create_group", { name: "Architecture" });

  expect(error).toMatchObject({ code: "unavailable", dispatched: "no" });
});

test("a token is in no error, even when Graph repeats it", async () => {
  await using open = await openPlugin(import.meta.dirname, { platform: teams(), config });
  open.platform.failNext(({ headers }) => graphError(400, "BadRequest", `You sent ${headers.authorization}`));

  const outcome = await open.call("list_groups");

  expect(outcome.error?.message).toContain("You sent Bearer ***");
  expect(JSON.stringify([outcome, open.logs])).not.toContain("access-token-1");
});

function failed(status: number) {
  const body = `Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error ${status} with ContextId tcid=0,server=x,cv=y..`;
  return { body, headers: { "content-type": "text/plain; charset=utf-8" } };
}

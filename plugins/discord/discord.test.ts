import { testPlugin } from "hookline/testing";
import { test } from "vitest";
import { discordDouble, refusal } from "./test/discordDouble.ts";
import { ids, token } from "./test/discordState.ts";
import { public_key, signedRequest } from "./test/signedRequest.ts";

// https://docs.discord.com/developers/topics/permissions
const sets = "sets of permissions travel as texts: they are larger than a number can be; the document says integer";

testPlugin(import.meta.dirname, {
  test,
  config: (url) => ({ api_url: `${url}/api`, token, guild_id: ids.guild, public_key, category_id: "1200000000000000007" }),
  platform: discordDouble,
  calls: {
    send_message: { to: ids.general, content: { markdown: "**Hi**" }, thread: `${ids.general}/${ids.message}` },
    edit_message: { message: `${ids.general}/${ids.message}`, content: "Hi again" },
    delete_message: { message: `${ids.general}/${ids.message}` },
    create_group: { name: "Team Blue", description: "The blue ones", external_id: "team-7", members: [ids.anna, ids.ben] },
    get_group: { group: ids.team },
    update_group: { group: ids.team, name: "Team Red", description: "Now red", visibility: "public" },
    delete_group: { group: ids.team },
    list_groups: { limit: 2 },
    add_member: { group: ids.team, members: [ids.anna] },
    remove_member: { group: ids.team, members: [ids.ben] },
    list_members: { group: ids.team },
  },
  rateLimit: {
    answer: {
      status: 429,
      headers: { "retry-after": "3", "x-ratelimit-scope": "user" },
      json: { message: "You are being rate limited.", retry_after: 2.05, global: false },
    },
    retry_after_ms: 2050,
  },
  errors: [
    {
      name: "a permission that the bot lacks",
      hook: "create_group",
      answer: refusal(403, 50013, "Missing Permissions"),
      code: "permission",
      facts: { retryable: false, failover: true, dispatched: "no" },
    },
    {
      name: "an unknown channel",
      hook: "send_message",
      answer: refusal(404, 10003, "Unknown Channel"),
      code: "invalid_recipient",
      facts: { failover: false, dispatched: "no" },
    },
    {
      name: "a server full of channels",
      hook: "create_group",
      answer: refusal(400, 30013, "Maximum number of guild channels reached (500)"),
      code: "quota_exceeded",
      facts: { penalize: "no" },
    },
    {
      name: "a text that is too long",
      hook: "send_message",
      answer: refusal(400, 50035, "Invalid Form Body", {
        content: { _errors: [{ code: "BASE_TYPE_MAX_LENGTH", message: "Must be 2000 or fewer in length." }] },
      }),
      code: "payload_too_large",
      facts: { failover: "if_fits", dispatched: "no" },
    },
    {
      name: "another flaw of the form",
      hook: "edit_message",
      answer: refusal(400, 50035, "Invalid Form Body", {
        embeds: { 0: { title: { _errors: [{ code: "BASE_TYPE_REQUIRED", message: "This field is required" }] } } },
      }),
      code: "invalid_request",
    },
    {
      name: "a file that is too large",
      hook: "send_message",
      answer: refusal(413, 40005, "Request entity too large"),
      code: "payload_too_large",
    },
    {
      name: "the limit of the whole bot",
      hook: "send_message",
      answer: {
        status: 429,
        headers: { "retry-after": "1", "x-ratelimit-global": "true", "x-ratelimit-scope": "global" },
        json: { message: "You are being rate limited.", retry_after: 0.305, global: true },
      },
      code: "rate_limited",
      facts: { retry_after_ms: 305, dispatched: "no" },
    },
    {
      name: "a limit shared with others",
      hook: "send_message",
      answer: {
        status: 429,
        headers: { "retry-after": "1337", "x-ratelimit-scope": "shared" },
        json: { message: "The resource is being rate limited.", retry_after: 1336.57, global: false, code: 40062 },
      },
      code: "rate_limited",
      facts: { retry_after_ms: 1_336_570 },
    },
    {
      name: "moderation of the server",
      hook: "send_message",
      answer: refusal(400, 200_000, "Message was blocked"),
      code: "invalid_request",
    },
    {
      name: "an overloaded API",
      hook: "send_message",
      answer: refusal(503, 130_000, "API resource is currently overloaded. Try again a little later"),
      code: "unavailable",
      facts: { dispatched: "no", retryable: true },
    },
  ],
  webhook: () => signedRequest({ id: "1400000000000000123", type: 2, token: "interaction-token", application_id: ids.bot }),
  api: {
    document: "../../../shared/specs/discord.openapi.json",
    base: "/api/v10",
    exceptions: [
      { where: "POST /guilds/{guild_id}/channels permission_overwrites.", reason: sets },
      { where: "PATCH /channels/{channel_id} permission_overwrites.", reason: sets },
      { where: "PUT /channels/{channel_id}/permissions/{overwrite_id} allow", reason: sets },
      { where: "PUT /channels/{channel_id}/permissions/{overwrite_id} deny", reason: sets },
    ],
  },
});

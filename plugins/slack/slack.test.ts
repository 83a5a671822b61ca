import { existsSync, readFileSync } from "node:fs";
import { z } from "hookline";
import { type OwnError, testPlugin } from "hookline/testing";
import { expect, test } from "vitest";
import { slackErrors } from "./slackErrors.ts";
import { emulatedSlack, settings, signed, workspace } from "./test/emulatedSlack.ts";

const document = new URL("../../../shared/specs/slack.swagger2.json", import.meta.url);
const group = workspace.random;
const text = "Lunch?";
// The emulator names messages by the time: the newest one is known when it is there.
let message = "";

testPlugin(import.meta.dirname, {
  test,
  config: settings,
  async platform() {
    const slack = await emulatedSlack();
    const { ts } = await slack.ask("chat.postMessage", { channel: group, text });
    message = `${group}/${ts}`;
    return slack;
  },
  calls: {
    send_message: { to: group, content: text },
    get edit_message() {
      return { message, content: "Dinner?" };
    },
    get delete_message() {
      return { message };
    },
    create_group: { name: "Ops Team" },
    get_group: { group },
    update_group: { group, name: "ops" },
    delete_group: { group },
    list_groups: {},
    add_member: { group, members: [workspace.anna] },
    remove_member: { group, members: [workspace.anna] },
    list_members: { group },
  },
  rateLimit: {
    answer: { headers: { "retry-after": "30" }, json: { ok: false, error: "ratelimited" } },
    retry_after_ms: 30_000,
  },
  errors: [
    refused("send_message", "channel_not_found", "invalid_recipient"),
    refused("send_message", "is_archived", "invalid_recipient"),
    refused("send_message", "not_in_channel", "permission"),
    refused("send_message", "invalid_auth", "auth"),
    refused("send_message", "token_revoked", "auth"),
    refused("send_message", "msg_too_long", "payload_too_large"),
    refused("send_message", "message_limit_exceeded", "quota_exceeded"),
    refused("send_message", "rate_limited", "rate_limited"),
    refused("send_message", "service_unavailable", "unavailable", { dispatched: "no" }),
    refused("send_message", "fatal_error", "unavailable", { dispatched: "maybe" }),
    refused("send_message", "internal_error", "unavailable", { dispatched: "maybe" }),
    refused("send_message", "a_word_of_tomorrow", "invalid_request"),
    refused("edit_message", "message_not_found", "not_found"),
    refused("edit_message", "edit_window_closed", "permission"),
    refused("delete_message", "cant_delete_message", "permission"),
    refused("create_group", "restricted_action", "permission"),
    refused("create_group", "too_many_convos_for_team", "quota_exceeded", { penalize: "no", failover: true }),
    refused("get_group", "channel_not_found", "not_found"),
    refused("update_group", "is_archived", "conflict"),
    refused("update_group", "name_taken", "conflict"),
    refused("delete_group", "cant_archive_general", "permission"),
    refused("delete_group", "method_not_supported_for_channel_type", "unsupported"),
    refused("add_member", "cant_invite", "invalid_recipient"),
    refused("add_member", "is_archived", "conflict"),
    refused("remove_member", "cant_kick_self", "invalid_recipient"),
    refused("list_members", "fetch_members_failed", "unavailable"),
    silent("send_message", "no time", { channel: group }),
    silent("create_group", "no channel", {}),
    silent("list_groups", "no list", { channels: {} }),
  ],
  webhook: () =>
    signed(JSON.stringify({ type: "event_callback", event_id: "Ev1", event: { type: "message", channel: "C1", ts: "1.1" } })),
  api: {
    document,
    base: "/api",
    exceptions: [
      ...["auth.test", "conversations.info", "conversations.list", "conversations.members", "users.lookupByEmail"].map(
        (method) => ({
          where: `POST /${method} is not in the document`,
          reason: "The document has GET; the SDK posts every method, and Slack takes both.",
        }),
      ),
    ],
  },
});

test("every error that Slack's document lists for the methods in use has its code, or is a mistake in the request", ({
  skip,
}) => {
  if (!existsSync(document)) return skip("slack.swagger2.json is not here, so Slack's errors are not compared with the table");
  const { paths } = described.parse(JSON.parse(readFileSync(document, "utf8")));

  const listed = methods.flatMap((method) => {
    const operation = paths[`/${method}`];
    const words = Object.values(operation ?? {}).flatMap(errorsIn);
    expect(words.length, `errors of ${method}`).toBeGreaterThan(10);
    return words;
  });

  expect([...new Set(listed)].filter((word) => !slackErrors.has(word) && !mistakes.includes(word))).toEqual([]);
});

const methods = [
  "auth.test",
  "chat.delete",
  "chat.postMessage",
  "chat.update",
  "conversations.archive",
  "conversations.create",
  "conversations.info",
  "conversations.invite",
  "conversations.kick",
  "conversations.list",
  "conversations.members",
  "conversations.rename",
  "users.info",
  "users.lookupByEmail",
];
const mistakes = [
  ...["invalid_name", "invalid_name_required", "invalid_name_maxlength", "invalid_name_punctuation", "invalid_name_specials"],
  ...["no_channel", "no_text", "invalid_arguments", "invalid_arg_name", "invalid_array_arg", "invalid_cursor", "invalid_limit"],
  ...["invalid_charset", "missing_charset", "superfluous_charset", "invalid_form_data", "invalid_post_type", "missing_post_type"],
  ...["invalid_json", "json_not_object"],
];
const described = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** Every list of words that stands under the name `error`. */
function errorsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const error = z.object({ error: z.object({ enum: z.array(z.string()) }) }).safeParse(value);
  return [...(error.data?.error.enum ?? []), ...Object.values(value).flatMap(errorsIn)];
}

/** Slack refuses with HTTP 200. */
function refused(hook: string, error: string, code: OwnError["code"], facts?: OwnError["facts"]): OwnError {
  return { name: `${error} with a 200`, hook, answer: { json: { ok: false, error } }, code, ...(facts && { facts }) };
}

/** Slack says yes, and not what it has done. */
function silent(hook: string, name: string, answer: Record<string, unknown>): OwnError {
  const facts = { dispatched: "maybe" } as const;
  return { name: `a yes with ${name}`, hook, answer: { json: { ok: true, ...answer } }, code: "unavailable", facts };
}

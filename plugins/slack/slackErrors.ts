import { type ErrorCode, type ErrorDetails, HooklineError, z } from "hookline";

const words: readonly (readonly [ErrorCode, string])[] = [
  [
    "auth",
    "invalid_auth not_authed account_inactive token_revoked token_expired not_allowed_token_type two_factor_setup_required",
  ],
  [
    "permission",
    "missing_scope no_permission not_authorized permission_denied access_denied accesslimited ekm_access_denied not_in_channel " +
      "enterprise_is_restricted team_access_not_granted restricted_action restricted_action_read_only_channel " +
      "restricted_action_thread_only_channel restricted_action_non_threadable_channel restricted_action_thread_locked " +
      "posting_to_general_channel_denied user_is_bot is_bot user_is_restricted user_is_ultra_restricted cannot_create_channel " +
      "cant_update_message cant_delete_message edit_window_closed compliance_exports_prevent_deletion " +
      "cant_archive_general cant_kick_from_general",
  ],
  ["not_found", "channel_not_found message_not_found thread_not_found team_not_found"],
  [
    "invalid_recipient",
    "user_not_found users_not_found no_user user_not_visible user_disabled user_not_in_channel cant_invite cant_invite_self " +
      "cant_kick_self ura_max_channels invitee_cant_see_channel no_external_invite_permission cannot_dm_bot messages_tab_disabled",
  ],
  ["conflict", "name_taken is_archived already_archived not_archived is_inactive already_in_channel"],
  [
    "payload_too_large",
    "msg_too_long msg_blocks_too_long too_long too_many_attachments too_many_users metadata_too_large " +
      "attachment_payload_limit_exceeded",
  ],
  [
    "unsupported",
    "method_not_supported_for_channel_type not_supported as_user_not_supported method_deprecated deprecated_endpoint " +
      "not_implemented upgrade_required",
  ],
  ["rate_limited", "ratelimited rate_limited"],
  ["quota_exceeded", "message_limit_exceeded too_many_convos_for_team too_many_convos_for_app_on_team"],
  [
    "unavailable",
    "service_unavailable request_timeout team_added_to_org org_login_required fetch_members_failed external_channel_migrating " +
      "fatal_error internal_error",
  ],
];

/** What each error that Slack answers with `ok: false` is here. An error that is not listed is an `invalid_request`. */
export const slackErrors: ReadonlyMap<string, ErrorCode> = new Map(
  words.flatMap(([code, list]) => list.split(" ").map((word) => [word, code] as const)),
);

/** Slack says of both that a part of it may have been done. */
const halfDone = ["fatal_error", "internal_error"];

const advice: Readonly<Record<string, string>> = {
  not_in_channel: "the app is not in this channel; add it there (/invite @app)",
  channel_not_found: "there is no such conversation, or it is private and the app is not in it",
  users_not_found: "nobody in this workspace has this address",
  user_not_found: "nobody in this workspace has this id",
  is_archived: "the channel is archived; unarchive it in Slack",
  name_taken: "another channel has this name",
  not_authorized: "only who created the channel may rename it",
  cant_kick_self: "the app cannot remove itself",
  too_long: "topic and purpose take 250 characters",
  invalid_auth: "the token is wrong; copy the bot token from OAuth & Permissions",
  not_allowed_token_type: "this takes the bot token of an app, xoxb-…",
};

const platformError = z.object({
  code: z.literal("slack_webapi_platform_error"),
  data: z.object({
    error: z.string().regex(/^\w{1,80}$/),
    needed: z.string().optional(),
    errors: z.array(z.object({ user: z.string().optional(), error: z.string().optional() })).catch([]),
    response_metadata: z.object({ retryAfter: z.number().optional() }).catch({}),
  }),
});

/** What the SDK threw, as an error of ours; `details.slack` is Slack's own word, `details.users` what it said of each user. */
export function inOurWords(thrown: unknown, method: string): HooklineError {
  // What stood between us and an answer was thrown by our own fetch, and the SDK has wrapped it.
  const ours = thrown instanceof Error && HooklineError.is(thrown.cause) ? thrown.cause : thrown;
  if (HooklineError.is(ours)) return ours;
  const refusal = platformError.safeParse(thrown);
  if (!refusal.success) {
    const reason = `${method} was answered with something that is not Slack's; Slack may have acted`;
    return new HooklineError("unavailable", { reason, dispatched: "maybe" }, { cause: thrown });
  }
  const { error, needed, errors, response_metadata } = refusal.data.data;
  const seconds = response_metadata.retryAfter;
  return slackError(error, method, {
    ...(needed !== undefined && { needed }),
    ...(seconds !== undefined && { retry_after_ms: seconds * 1000 }),
    users: new Map(errors.flatMap((one) => (one.user && one.error ? [[one.user, one.error]] : []))),
    cause: thrown,
  });
}

/** The error for one word of Slack's. */
export function slackError(
  word: string,
  method: string,
  { needed, cause, ...details }: ErrorDetails & { needed?: string; cause?: unknown } = {},
): HooklineError {
  const hint =
    needed === undefined ? advice[word] : `add the scope ${needed} under OAuth & Permissions and install the app again`;
  const reason = `Slack refused ${method}: ${word}${hint === undefined ? "" : `; ${hint}`}`;
  const code = slackErrors.get(word) ?? "invalid_request";
  const dispatched = halfDone.includes(word) ? "maybe" : undefined;
  // Of channels only: messages still go.
  const penalize = word.startsWith("too_many_convos") ? "no" : undefined;
  return new HooklineError(code, { ...details, ...(dispatched && { dispatched }), penalize, reason, slack: word }, { cause });
}

/** The word that Slack has refused with; empty for any other error. */
export function wordOf(error: unknown): string {
  return HooklineError.is(error) && typeof error.details.slack === "string" ? error.details.slack : "";
}

/** Throws the error of a question that was asked before anything was changed: whatever became of it, nothing was. */
export function nothingDone(error: unknown): never {
  if (!HooklineError.is(error)) throw error;
  throw new HooklineError(error.code, { ...error.details, dispatched: "no" }, { cause: error.cause });
}

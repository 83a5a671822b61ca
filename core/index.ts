import type { Contract } from "./contract/defineContract.ts";
import { openHost } from "./host.ts";
import type { Host, HostOptions } from "./hostTypes.ts";
// What a plugin gets for `import "hookline"`: this very module.
import * as hookline from "./index.ts";

export type { Clock } from "./clock.ts";
export type {
  CommunicationContract,
  Group,
  InboundEvent,
  Item,
  MessageContent,
  Recipient,
  RecipientInput,
} from "./contract/communication.ts";
export { communication } from "./contract/communication.ts";
export type {
  AnswerOf,
  CheckedAnswerOf,
  CheckedRequestOf,
  Contract,
  HookMode,
  HookSpec,
  RequestOf,
} from "./contract/defineContract.ts";
export { defineContract } from "./contract/defineContract.ts";
export { z } from "./contract/schema.ts";
export { contractTypeId, instanceTypeId, settingsTypeId } from "./contract/typeIds/derivedTypeIds.ts";
export { createTypeMatcher, matchTypeId } from "./contract/typeIds/matchTypeId.ts";
export type { TypeId } from "./contract/typeIds/parseTypeId.ts";
export { parseTypeId } from "./contract/typeIds/parseTypeId.ts";
export { isTypeId, isTypePattern, typeIdKind } from "./contract/typeIds/typeIdKind.ts";
export { typeIdUuid } from "./contract/typeIds/typeIdUuid.ts";
export type { ErrorCode, ErrorData, ErrorDetails, ErrorFacts } from "./errors.ts";
export { errorTable, HooklineError } from "./errors.ts";
export type { HostEvents } from "./events.ts";
export { fromPino } from "./fromPino.ts";
export type { ChannelExplanation, Explanation } from "./gateway/explain.ts";
export type { WebhookAnswer, WebhookRequest } from "./gateway/handleWebhook.ts";
export type { Attempt, Outcome, OutcomeItem } from "./gateway/outcome.ts";
export { unwrap } from "./gateway/outcome.ts";
export type { MemberSync } from "./gateway/syncMembers.ts";
export type { HooksOptions } from "./hooks/createHooks.ts";
export { createHooks } from "./hooks/createHooks.ts";
export type { EngineHookSpec, TypedHook } from "./hooks/hook.ts";
export { hook } from "./hooks/hook.ts";
export type { CallOptions, HookDescription, HookOutcome, HookPlugin, Hooks, PinnedHooks } from "./hooks/hooks.ts";
export type { Call, Handler, Implementation, Placement, WrapperHandler } from "./hooks/implementation.ts";
export type { AnyPlugin, CallOptions as HostCallOptions, Host, HostOptions, HostRequest, HostResult } from "./hostTypes.ts";
export type { InstanceStatus, Status } from "./lifecycle/status.ts";
export { type CheckHooksOptions, checkHooks } from "./plugins/checkHooks.ts";
export type { Context, Implementations, Log, PluginDefinition } from "./plugins/definePlugin.ts";
export { definePlugin } from "./plugins/definePlugin.ts";
export { type EachMemberOptions, eachMember } from "./plugins/eachMember.ts";
export type { Http, HttpAnswer, HttpRequest } from "./plugins/http.ts";
export { isSameSecret } from "./plugins/isSameSecret.ts";
export type { ManifestInput } from "./plugins/manifest.ts";
export { parseJson } from "./plugins/parseJson.ts";

/**
 * Opens a host: reads the configuration, loads the plugins, watches the files, and calls hooks.
 * `createHost({ config: "hookline.yml" })` for files, `createHost({ plugins: [mine] })` without any.
 * Throws `config_invalid` with every problem of the configuration. A plugin that cannot be loaded stops nothing: it stands in
 * `host.status()`.
 */
export function createHost<const Contracts extends readonly Contract[] = readonly []>(
  options: HostOptions<Contracts> = {},
): Promise<Host<Contracts>> {
  return openHost(options, { hostModules: { hookline } });
}

import type { CommunicationContract, RecipientInput } from "./contract/communication.ts";
import type { CheckedAnswerOf, CheckedRequestOf, Contract, RequestOf } from "./contract/defineContract.ts";
import type { HooklineError } from "./errors.ts";
import type { EventHub } from "./events.ts";
import type { Explanation } from "./gateway/explain.ts";
import type { WebhookAnswer, WebhookRequest } from "./gateway/handleWebhook.ts";
import type { Outcome } from "./gateway/outcome.ts";
import type { MemberSync } from "./gateway/syncMembers.ts";
import type { InstanceStatus, Status } from "./lifecycle/status.ts";
import type { Log } from "./plugins/definePlugin.ts";
import type { ManifestInput } from "./plugins/manifest.ts";

/** Any plugin that `definePlugin` made, whatever its settings and its contract. */
export interface AnyPlugin {
  manifest?: ManifestInput;
  reload?: "swap" | "restart";
  setup(context: never, previous?: unknown): unknown;
}

/** What `createHost` takes. Everything is optional: `createHost({ plugins: [mine] })` is a host. */
export interface HostOptions<Contracts extends readonly Contract[] = readonly []> {
  /** The path of a YAML file, or the same as an object. Without it every plugin given as an object is enabled. */
  config?: string | Readonly<Record<string, unknown>>;
  /** Plugins as objects, made by `definePlugin({ manifest, setup })`. */
  plugins?: readonly AnyPlugin[];
  /** Your own contracts, besides the communication contract. */
  contracts?: Contracts;
  /** Where the host and its plugins write. Default: JSON lines on standard error, warnings and errors only. `false`: nowhere. */
  logger?: Log | false;
  /** Write what the host does (loads, reloads, failures) into the log too; `false` leaves that to `host.on`. Default: true. */
  logEvents?: boolean;
  /** Watch the files; `false` leaves changes to `host.reload()`. Default: what `settings.auto_reload` says. */
  watch?: boolean;
  /** What relative paths start from, unless a configuration file says where it is. Default: the working directory. */
  cwd?: string;
  /** What `${VAR}` reads. Default: the process's environment. */
  environment?: Record<string, string | undefined>;
}

/** The names of all hooks of a host: of the communication contract and of its own contracts. */
export type HookNameOf<Contracts extends readonly Contract[]> = Extract<keyof AllHooks<Contracts>, string>;

type AllHooks<Contracts extends readonly Contract[]> = CommunicationContract["hooks"] & Merged<Contracts>;
type Merged<Contracts extends readonly Contract[]> = Contracts extends readonly [
  infer First extends Contract,
  ...infer Rest extends readonly Contract[],
]
  ? First["hooks"] & Merged<Rest>
  : unknown;
type AsContract<Contracts extends readonly Contract[]> = Contract<AllHooks<Contracts> & Contract["hooks"]>;

/** What a caller passes to a hook. */
export type HostRequest<Contracts extends readonly Contract[], Name extends HookNameOf<Contracts>> = RequestOf<
  AsContract<Contracts>,
  Name
>;

/** What a call of a hook gives, by its mode: an outcome, a list, one answer, the last request, or the errors. */
export type HostResult<Contracts extends readonly Contract[], Name extends HookNameOf<Contracts>> = ResultByMode<
  AllHooks<Contracts>[Name],
  CheckedAnswerOf<AsContract<Contracts>, Name>,
  CheckedRequestOf<AsContract<Contracts>, Name>
>;

type ResultByMode<Spec, Answer, Request> = Spec extends { readonly mode: infer Mode }
  ? Mode extends "route"
    ? Outcome<Answer>
    : Mode extends "collect"
      ? Answer[]
      : Mode extends "waterfall"
        ? Request
        : Mode extends "event"
          ? HooklineError[]
          : Mode extends "instance"
            ? Answer
            : Answer | undefined
  : never;

/** What may be said about one call. */
export interface CallOptions {
  /** Gives the call up. */
  signal?: AbortSignal;
  /** For hooks of mode `instance`: which. */
  instance?: string;
}

/** What an application holds. */
export interface Host<Contracts extends readonly Contract[] = readonly []> extends AsyncDisposable {
  /**
   * Calls a hook. A routed one gives an outcome, whatever the platform did. Throws on wrong use: `hook_unknown`,
   * `invalid_request`, `channel_unknown`, `instance_unknown`, `host_closed`.
   */
  call<Name extends HookNameOf<Contracts>>(
    hook: Name,
    request: HostRequest<Contracts, Name>,
    options?: { signal?: AbortSignal /** For hooks of mode `instance`: which. */; instance?: string },
  ): Promise<HostResult<Contracts, Name>>;
  /** `host.hooks.send_message(request)` is `host.call("send_message", request)`. */
  readonly hooks: {
    readonly [Name in HookNameOf<Contracts>]: (
      request: HostRequest<Contracts, Name>,
      options?: CallOptions,
    ) => Promise<HostResult<Contracts, Name>>;
  };
  /** The short form of `send_message`. */
  sendMessage(
    channel: string,
    recipient: RecipientInput | RecipientInput[],
    content: HostRequest<readonly [], "send_message">["content"],
    metadata?: Record<string, unknown>,
  ): Promise<HostResult<readonly [], "send_message">>;
  /** How a request would be routed now: which rule, which instances in which order, and why the others are left out. Asks nobody. */
  explain<Name extends HookNameOf<Contracts>>(hook: Name, request: HostRequest<Contracts, Name>): Explanation;
  /**
   * Makes the members of a group those that are wanted: adds who is missing, removes who is not wanted. `group` is a ref
   * (`instance:id`), or a channel with the group's id.
   */
  syncMembers(group: string | { channel: string; group: string }, wanted: readonly RecipientInput[]): Promise<MemberSync>;
  /**
   * Gives an HTTP request of a platform to an instance's `handle_webhook`, passes the events on as `event_received`, each once in 24
   * hours, and says what to answer: 503 or 500 when the plugin failed, so that the platform delivers again. Throws on wrong use:
   * `instance_unknown`, `unsupported` (its plugin takes no webhooks), `invalid_request`, `host_closed`.
   */
  handleWebhook(instance: string, request: WebhookRequest): Promise<WebhookAnswer>;
  /** Hears an event of the host. Returns its off. */
  readonly on: EventHub["on"];
  /** Resolves with the next event of that name, or the next that is wanted. */
  readonly once: EventHub["once"];
  /** Reads configuration and folders again and gives one instance, or all, a new generation. Throws what refused it; what was live stays. */
  reload(id?: string): Promise<void>;
  /** Brings the version before back. Throws `rollback_impossible` when there is none. */
  rollback(id: string): Promise<void>;
  /** Takes another configuration as an object; only for a host whose configuration is no file. Throws `config_invalid`. */
  configure(config: Readonly<Record<string, unknown>>): Promise<void>;
  /** Asks every instance that implements `health_check` now; the status then shows the answers. */
  checkHealth(): Promise<void>;
  /** What runs, as plain data. Asks no platform, blocks nothing. */
  status(): Status;
  /** The status of one instance. Throws `instance_unknown`. */
  instance(id: string): InstanceStatus;
  /** Lets calls end, disposes every generation, stops watching. Calls after it throw `host_closed`. */
  close(): Promise<void>;
}

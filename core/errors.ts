/** The four facts that decide what happens after an error. CALLS.md of the project explains each; `docs/errors.md` lists them. */
export interface ErrorFacts {
  /** May the same instance be asked again? */
  retryable: boolean;
  /** May the next instance be asked? `if_fits`: only one whose limits fit. */
  failover: boolean | "if_fits";
  /** How it counts against the health of the instance. `never` also means: not even in a streak. */
  penalize: "never" | "no" | "soft" | "hard";
  /** Could the platform have acted already? */
  dispatched: "no" | "maybe" | "yes";
}

interface ErrorKind extends ErrorFacts {
  /** The one line a person reads; `{name}` is filled from the details. */
  sentence: string;
}

const ours = { retryable: false, failover: false, penalize: "no", dispatched: "no" } as const;

/** Every error code of Hookline with its sentence and its default facts. `docs/errors.md` lists the same, and a test compares them. */
export const errorTable = {
  // What a platform did.
  auth: { sentence: "{reason}", retryable: false, failover: true, penalize: "hard", dispatched: "no" },
  permission: { sentence: "{reason}", retryable: false, failover: true, penalize: "no", dispatched: "no" },
  not_found: { ...ours, sentence: "{reason}" },
  conflict: { ...ours, sentence: "{reason}" },
  invalid_recipient: { ...ours, sentence: "{reason}", penalize: "never" },
  recipient_blocked: { ...ours, sentence: "{reason}", penalize: "never" },
  payload_too_large: { ...ours, sentence: "{reason}", failover: "if_fits" },
  unsupported: { ...ours, sentence: "{reason}", failover: true },
  rate_limited: { sentence: "{reason}", retryable: true, failover: true, penalize: "soft", dispatched: "no" },
  quota_exceeded: { sentence: "{reason}", retryable: false, failover: true, penalize: "hard", dispatched: "no" },
  timeout: { sentence: "{reason}", retryable: true, failover: true, penalize: "soft", dispatched: "maybe" },
  unavailable: { sentence: "{reason}", retryable: true, failover: true, penalize: "soft", dispatched: "no" },
  plugin_error: { sentence: "{reason}", retryable: false, failover: true, penalize: "soft", dispatched: "maybe" },
  plugin_unavailable: { sentence: "{reason}", retryable: true, failover: true, penalize: "no", dispatched: "no" },

  // What the core decided about a call.
  circuit_open: { ...ours, sentence: "{reason}", failover: true },
  expired: { ...ours, sentence: "{reason}" },
  cancelled: { ...ours, sentence: "{reason}" },
  config: { ...ours, sentence: "{reason}" },

  // Wrong use of the API: these are thrown, never an outcome.
  invalid_request: { ...ours, sentence: "{reason}" },
  idempotency_conflict: { ...ours, sentence: "{reason}" },
  hook_unknown: { ...ours, sentence: 'There is no hook "{hook_name}".{hint} Known hooks: {known}.' },
  hook_invalid: { ...ours, sentence: "{reason}" },
  channel_unknown: { ...ours, sentence: 'No enabled instance serves the channel "{channel}".{hint} Known channels: {known}.' },
  instance_unknown: { ...ours, sentence: 'There is no instance "{id}". Known instances: {known}.' },
  contract_invalid: { ...ours, sentence: "{reason}" },
  type_id_invalid: { ...ours, sentence: "{reason}" },
  host_closed: { ...ours, sentence: "This host is closed; create a new one with createHost()." },

  // The hook engine.
  plugin_invalid: { ...ours, sentence: "{reason}" },
  plugin_duplicate: { ...ours, sentence: "{reason}" },
  plugin_not_registered: { ...ours, sentence: 'No plugin "{name}" is registered. Registered: {known}.' },
  order_cycle: { ...ours, sentence: 'The order of hook "{hook_name}" has a cycle: {cycle}. Remove one before/after of it.' },
  wrapper_protocol: { ...ours, sentence: "{reason}" },

  // Files: configuration, manifest, plugin code.
  config_invalid: { ...ours, sentence: "{reason}" },
  manifest_invalid: { ...ours, sentence: "{reason}" },
  settings_invalid: { ...ours, sentence: "{reason}" },
  plugin_not_found: { ...ours, sentence: "{reason}" },
  contract_mismatch: { ...ours, sentence: "{reason}" },
  dependency_missing: { ...ours, sentence: "{reason}" },
  dependency_cycle: {
    ...ours,
    sentence: "The plugins depend on each other in a circle: {cycle}. Remove one of these dependencies.",
  },
  load_failed: { ...ours, sentence: "{reason}" },
  setup_failed: { ...ours, sentence: "{reason}" },
  rollback_impossible: { ...ours, sentence: "{reason}" },
  context_disposed: { ...ours, sentence: "{reason}" },
  watch_failed: { ...ours, sentence: "{reason}" },
} as const satisfies Record<string, ErrorKind>;

/** One of the codes in `errorTable`. */
export type ErrorCode = keyof typeof errorTable;

/** What fills the sentence, plus what a plugin knows better than the table: the four facts and `retry_after_ms`. */
export interface ErrorDetails extends Partial<ErrorFacts> {
  /** What happened, to whom, and what to do: one sentence. */
  reason?: string;
  /** How long the platform asked us to wait, in milliseconds. */
  retry_after_ms?: number;
  /** The instance it happened in; the core fills it in for plugins. */
  instance?: string;
  /** The hook that was called; the core fills it in for plugins. */
  hook?: string;
  [detail: string]: unknown;
}

/** An error as plain data: what an outcome carries and `--json` prints. */
export interface ErrorData extends ErrorFacts {
  code: ErrorCode;
  message: string;
  instance?: string;
  hook?: string;
  retry_after_ms?: number;
}

/**
 * The one error class of Hookline. `code` is a row of `errorTable`; the four facts are the defaults of that row unless
 * `details` sharpens them; `cause` is the original error.
 */
export class HooklineError extends Error implements ErrorFacts {
  override readonly name = "HooklineError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly retryable: boolean;
  readonly failover: boolean | "if_fits";
  readonly penalize: ErrorFacts["penalize"];
  readonly dispatched: ErrorFacts["dispatched"];
  readonly retry_after_ms: number | undefined;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(sentenceOf(code, details), options);
    const facts: ErrorFacts = { ...errorTable[code], ...definedOnly(details) };
    this.code = code;
    this.details = details;
    this.retryable = facts.retryable;
    this.failover = facts.failover;
    this.penalize = facts.penalize;
    this.dispatched = facts.dispatched;
    this.retry_after_ms = details.retry_after_ms;
  }

  get instance(): string | undefined {
    return this.details.instance;
  }

  get hook(): string | undefined {
    return this.details.hook;
  }

  /** Plain data for outcomes, logs and `--json`. The cause stays out: it may hold what nobody should read. */
  toJSON(): ErrorData {
    const { code, message, retryable, failover, penalize, dispatched, instance, hook, retry_after_ms } = this;
    return { code, message, retryable, failover, penalize, dispatched, instance, hook, retry_after_ms };
  }

  /** True for an error of this class, also when it comes from another copy of the package. */
  static is(error: unknown): error is HooklineError {
    return error instanceof Error && error.name === "HooklineError" && "code" in error && String(error.code) in errorTable;
  }

  /** The same error with instance and hook filled in; an error that already names its instance is returned as it is. */
  static attribute(error: unknown, to: { instance: string; hook?: string }): HooklineError {
    if (HooklineError.is(error)) {
      if (error.details.instance !== undefined) return error;
      return new HooklineError(error.code, { ...error.details, ...to }, { cause: error.cause ?? error });
    }
    const said = error instanceof Error ? error.message : String(error);
    return new HooklineError("plugin_error", { ...to, reason: `${to.hook ?? "the plugin"} threw: ${said}` }, { cause: error });
  }
}

function sentenceOf(code: ErrorCode, details: ErrorDetails): string {
  const filled = errorTable[code].sentence.replace(/\{(\w+)\}/g, (_, name: string) => printed(details[name] ?? ""));
  const prefix = details.instance === undefined ? "" : `${details.instance}: `;
  const stop = /[.!?]$/.test(filled) ? "" : ".";
  return `${prefix}${filled}${stop} See docs/errors.md#${code}`;
}

function printed(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(String).join(", ");
  return String(value);
}

function definedOnly(details: ErrorDetails): Partial<ErrorFacts> {
  const { retryable, failover, penalize, dispatched } = details;
  return Object.fromEntries(
    Object.entries({ retryable, failover, penalize, dispatched }).filter(([, value]) => value !== undefined),
  );
}

/** The nearest of `known` to a misspelt `word`, for "did you mean"; undefined when nothing is within so many edits. */
export function nearest(
  word: string,
  known: Iterable<string>,
  within: number = Math.max(2, Math.floor(word.length / 3)),
): string | undefined {
  const ranked = [...known].map((name) => ({ name, distance: editDistance(word, name) })).sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= within ? best.name : undefined;
}

/** Insertions, deletions, replacements, and neighbours that changed places. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? Number.POSITIVE_INFINITY;
}

/** What an implementation learns about the call besides its request. */
export interface Call {
  /** The name of the hook. */
  readonly hook: string;
  /** The plugin (in a host: the instance) that is called. */
  readonly plugin: string;
  /** Aborts when the caller gives up, the time-out passes, or the generation has to end. Made only when somebody reads it. */
  readonly signal: AbortSignal;
}

/** An implementation: gets the one request object, returns its answer; `undefined` or `null` is "no answer". */
export type Handler<Request, Answer> = (
  request: Request,
  call: Call,
) => Answer | undefined | null | void | Promise<Answer | undefined | null | void>;

/** A wrapper: calls `next()` exactly once, sees its result or its error, returns what the caller shall get. */
export type WrapperHandler<Request, Result> = (
  request: Request,
  next: () => Result | Promise<Result>,
  call: Call,
) => Result | Promise<Result>;

/** Where an implementation stands among the others of its hook, and how long it may take. */
export interface Placement {
  tryFirst?: boolean;
  tryLast?: boolean;
  /** Names of plugins whose implementations are called after this one. */
  before?: readonly string[];
  /** Names of plugins whose implementations are called before this one. */
  after?: readonly string[];
  /** In milliseconds; then the call's signal aborts and the error is `timeout`. Of a wrapper: with all that it wraps. */
  timeout?: number;
  /** True: `checkPending` does not mind when no such hook is declared. */
  optional?: boolean;
}

/** One implementation of a hook as a plugin writes it. */
export type Implementation<Request = unknown, Answer = unknown, Result = unknown> =
  | Handler<Request, Answer>
  | (Placement & { handler: Handler<Request, Answer>; wrapper?: false })
  | (Placement & { handler: WrapperHandler<Request, Result>; wrapper: true });

import type { HookMode } from "../contract/defineContract.ts";
import type { z } from "../contract/schema.ts";
import type { HooklineError } from "../errors.ts";
import type { Call, Implementation, Placement } from "./implementation.ts";

/** What `createHooks` wants to know of a hook: `{ mode }` is enough; what `hook()` returns and the hooks of a contract fit too. */
export interface EngineHookSpec {
  readonly mode: HookMode;
  /** Also reaches plugins that register later; only a hook of mode `collect` can be historic. */
  readonly historic?: boolean;
  readonly description?: string;
  readonly deprecated?: string;
  /** The engine checks no schema: it only takes the types from it. Who calls passes on what the check gave. */
  readonly request?: z.ZodType;
  readonly answer?: z.ZodType;
}

/** A hook whose request and answer have a type. */
export interface TypedHook<Request, Answer, Mode extends HookMode = HookMode> extends EngineHookSpec {
  readonly mode: Mode;
  /** Only for the compiler; it does not exist at run time. */
  readonly "~types"?: { request: Request; answer: Answer };
}

/** What `hook()` takes besides types and mode. */
export interface HookNotes {
  readonly historic?: boolean;
  readonly description?: string;
  readonly deprecated?: string;
}

/** Declares a hook with types: `createHooks({ greet: hook<{ who: string }, string>("collect") })`. */
export function hook<Request, Answer = unknown>(mode: "collect", notes?: HookNotes): TypedHook<Request, Answer, "collect">;
export function hook<Request, Answer = unknown>(mode: "first", notes?: HookNotes): TypedHook<Request, Answer, "first">;
export function hook<Request>(mode: "waterfall", notes?: HookNotes): TypedHook<Request, Request, "waterfall">;
export function hook<Request>(mode: "event", notes?: HookNotes): TypedHook<Request, unknown, "event">;
export function hook<Request, Answer = unknown>(mode: "route", notes?: HookNotes): TypedHook<Request, Answer, "route">;
export function hook<Request, Answer = unknown>(mode: "instance", notes?: HookNotes): TypedHook<Request, Answer, "instance">;
export function hook(mode: HookMode, notes?: HookNotes): EngineHookSpec {
  return { ...notes, mode };
}

/** The hooks of an engine, by name. */
export type EngineHookSpecs = Readonly<Record<string, EngineHookSpec>>;

/** What an implementation of the hook receives, and a caller passes. */
export type HookRequest<Spec> = Spec extends { readonly request: infer Schema extends z.ZodType }
  ? z.output<Schema>
  : Spec extends { readonly "~types"?: { request: infer Request } }
    ? Request
    : unknown;

/** What one implementation of the hook returns. */
export type HookAnswer<Spec> = Spec extends { readonly answer: infer Schema extends z.ZodType }
  ? z.input<Schema>
  : Spec extends { readonly "~types"?: { answer: infer Answer } }
    ? Answer
    : unknown;

/** What a call of the hook gives its caller: a list, one answer, the last request, or the errors, as the mode says. */
export type HookResult<Spec> = Spec extends { readonly mode: infer Mode }
  ? Mode extends "collect"
    ? HookAnswer<Spec>[]
    : Mode extends "waterfall"
      ? HookRequest<Spec>
      : Mode extends "event"
        ? HooklineError[]
        : HookAnswer<Spec> | undefined
  : never;

/** One implementation of the hook. Of a hook without types the request is `unknown`, and you may annotate it as you know better. */
export type HookImplementation<Spec> =
  unknown extends HookRequest<Spec>
    ? UntypedImplementation<HookResult<Spec>>
    : Spec extends { readonly mode: "waterfall" }
      ? Implementation<HookRequest<Spec>, HookRequest<Spec>, HookResult<Spec>>
      : Implementation<HookRequest<Spec>, HookAnswer<Spec>, HookResult<Spec>>;

type UntypedImplementation<Result> =
  | UntypedHandler["run"]
  | (Placement & { handler: UntypedHandler["run"]; wrapper?: false })
  | (Placement & { handler: UntypedWrapper<Result>["run"]; wrapper: true });

// Methods, because the compiler compares their parameters both ways: that is what lets you annotate the request.
interface UntypedHandler {
  run(request: unknown, call: Call): unknown;
}
interface UntypedWrapper<Result> {
  run(request: unknown, next: () => Result | Promise<Result>, call: Call): unknown;
}

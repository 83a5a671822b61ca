import { HooklineError } from "../errors.ts";
import type { AbortTarget } from "./abortWatch.ts";
import type { EngineTools } from "./engineTools.ts";
import { Frame } from "./frame.ts";
import { isThenable } from "./isThenable.ts";
import type { Plan } from "./plan.ts";
import type { Step } from "./step.ts";

/**
 * Stands over one call that can be interrupted: by the caller's signal, by its time-out, by the time-out of a step. It gives every
 * step its own `call` object, and makes what is awaited end at the interruption; what comes later is ignored.
 */
export class Guard implements AbortTarget {
  readonly tools: EngineTools;
  readonly hook: string;
  readonly signal: AbortSignal | undefined;
  private readonly timeout: number | undefined;
  private readonly startedAt: number;
  private readonly canStop: boolean;
  /** The wrappers that were entered and not left. */
  private readonly wrapperFrames: Frame[] = [];
  private stepFrame: Frame | undefined;
  private stopped: HooklineError | undefined;
  private cancelTimer: (() => void) | undefined;
  private isArmed = false;

  constructor(tools: EngineTools, { hook, wrappers }: Plan, signal: AbortSignal | undefined, timeout: number | undefined) {
    this.tools = tools;
    this.hook = hook;
    this.signal = signal;
    this.timeout = timeout;
    this.startedAt = timeout === undefined ? 0 : tools.clock.now();
    this.canStop = signal !== undefined || timeout !== undefined || wrappers.some((wrapper) => wrapper.timeout !== undefined);
  }

  get isStopped(): boolean {
    return this.stopped !== undefined;
  }

  /** Throws when the call is over already. */
  check(): void {
    if (this.signal?.aborted) this.onAbort(this.signal);
    if (this.stopped) throw this.stopped;
  }

  /** Calls one step. What it returns is to be awaited when it can be, and `leaveStep` said when it is settled. */
  enterStep(step: Step, request: unknown): unknown {
    const frame = new Frame(this, step);
    this.stepFrame = frame;
    const answer = step.handler.call(step.owner, request, frame);
    return isThenable(answer) ? this.race(frame, answer) : answer;
  }

  leaveStep(): void {
    this.stepFrame?.end();
    this.stepFrame = undefined;
  }

  enterWrapper(step: Step): Frame {
    const frame = new Frame(this, step);
    this.wrapperFrames.push(frame);
    return frame;
  }

  leaveWrapper(frame: Frame): void {
    frame.end();
    if (this.wrapperFrames.at(-1) === frame) this.wrapperFrames.pop();
  }

  /** The same promise, or one that ends at the interruption. */
  race(frame: Frame, pending: PromiseLike<unknown>): PromiseLike<unknown> {
    const { timeout } = frame.step;
    if (timeout === undefined && !this.canStop) return pending;
    const raced = new Promise((resolve, reject) => {
      frame.interrupt = reject;
      if (pending instanceof Promise) pending.then(resolve, reject);
      else resolve(pending);
    });
    if (timeout !== undefined) frame.expireAfter(timeout);
    this.arm();
    return raced;
  }

  /** Listens to the caller and starts the clock, once. */
  arm(): void {
    if (this.isArmed) return;
    this.isArmed = true;
    const { clock, watch } = this.tools;
    if (this.signal?.aborted) this.onAbort(this.signal);
    else if (this.signal) watch.add(this.signal, this);
    if (this.timeout === undefined) return;
    const { timeout } = this;
    const remaining = Math.max(0, this.startedAt + timeout - clock.now());
    this.cancelTimer = clock.after(remaining, () => this.stop(this.timeoutError(this.innermost(), timeout)));
  }

  onAbort(signal: AbortSignal): void {
    const reason = "the caller gave up on this call";
    const instance = this.innermost()?.plugin;
    this.stop(new HooklineError("cancelled", { hook: this.hook, instance, reason }, { cause: signal.reason }));
  }

  /** A step took too long. A wrapper ends with all that it wraps. */
  onExpired(frame: Frame, ms: number): void {
    const error = this.timeoutError(frame, ms);
    const depth = this.wrapperFrames.indexOf(frame);
    if (depth < 0) frame.stop(error);
    else this.stop(error, depth);
  }

  /** The call is over: nothing listens or waits any more, nor starts to. */
  close(): void {
    const wasArmed = this.isArmed;
    this.isArmed = true;
    if (!wasArmed) return;
    this.cancelTimer?.();
    if (this.signal) this.tools.watch.remove(this.signal, this);
  }

  private stop(error: HooklineError, depth = 0): void {
    this.stopped ??= error;
    this.stepFrame?.stop(error);
    for (const frame of this.wrapperFrames.slice(depth).reverse()) frame.stop(error);
  }

  private innermost(): Frame | undefined {
    return this.stepFrame ?? this.wrapperFrames.at(-1);
  }

  private timeoutError(frame: Frame | undefined, ms: number): HooklineError {
    const reason = `${this.hook} did not answer within ${ms} ms`;
    return new HooklineError("timeout", { hook: this.hook, instance: frame?.plugin, reason });
  }
}

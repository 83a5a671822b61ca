import type { AbortTarget } from "./abortWatch.ts";
import type { Guard } from "./guard.ts";
import type { Call } from "./implementation.ts";
import type { Step } from "./step.ts";

/** One step in one call that can be interrupted: the `call` object that the implementation gets. */
export class Frame implements Call, AbortTarget {
  readonly step: Step;
  /** Ends what is awaited of this step. */
  interrupt: ((error: unknown) => void) | undefined;
  private readonly guard: Guard;
  private controller: AbortController | undefined;
  private stoppedBy: unknown;
  private cancelTimer: (() => void) | undefined;
  private isEnded = false;

  constructor(guard: Guard, step: Step) {
    this.guard = guard;
    this.step = step;
  }

  get hook(): string {
    return this.step.hook;
  }

  get plugin(): string {
    return this.step.plugin;
  }

  get signal(): AbortSignal {
    this.controller ??= this.watchedController();
    return this.controller.signal;
  }

  onAbort(signal: AbortSignal): void {
    this.controller?.abort(signal.reason);
  }

  expireAfter(ms: number): void {
    this.cancelTimer = this.guard.tools.clock.after(ms, () => this.guard.onExpired(this, ms));
  }

  stop(error: unknown): void {
    if (this.isEnded) return;
    this.stoppedBy = error;
    this.interrupt?.(error);
    this.controller?.abort(error);
  }

  end(): void {
    this.isEnded = true;
    this.cancelTimer?.();
    if (this.controller && this.step.signal) this.guard.tools.watch.remove(this.step.signal, this);
  }

  /** A step that reads its signal only after its end hears no more than what happened until then. */
  private watchedController(): AbortController {
    const controller = new AbortController();
    const aborted = [this.step.signal, this.guard.signal].find((signal) => signal?.aborted);
    if (this.stoppedBy !== undefined) controller.abort(this.stoppedBy);
    else if (aborted) controller.abort(aborted.reason);
    else if (!this.isEnded) {
      if (this.step.signal) this.guard.tools.watch.add(this.step.signal, this);
      this.guard.arm();
    }
    return controller;
  }
}

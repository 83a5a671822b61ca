import { type AnyPlugin, definePlugin, HooklineError, type ManifestInput } from "../../core/index.ts";

/** What a scripted plugin was asked: the request, and by which hook. */
export interface AskedRequest {
  readonly hook: string;
  readonly [field: string]: unknown;
}

/** A plugin that does what a test says, and what it was asked. */
export interface Scripted {
  plugin: AnyPlugin;
  asked: AskedRequest[];
}

/** What a scripted plugin does at one call. */
export type Step = (request: AskedRequest, signal: AbortSignal) => unknown;

/**
 * A plugin on the channel `chat` unless the manifest says otherwise. The nth call runs the nth step, and the last one again after
 * that; without steps every message is sent.
 */
export function scripted(
  plugin_id: string,
  steps: Step | readonly Step[] = [],
  { hooks = ["send_message"], ...manifest }: Partial<ManifestInput> & { hooks?: string[] } = {},
): Scripted {
  const asked: AskedRequest[] = [];
  const list = typeof steps === "function" ? [steps] : steps;
  const implementation = (hook: string) => (request: object, call: { signal: AbortSignal }) => {
    const step = list[Math.min(asked.length, list.length - 1)] ?? (() => ({ message_id: `${plugin_id}${asked.length}` }));
    const own: AskedRequest = { ...request, hook };
    asked.push(own);
    return step(own, call.signal);
  };
  const setup = () => Object.fromEntries(hooks.map((hook) => [hook, implementation(hook)]));
  return { plugin: definePlugin({ manifest: { plugin_id, channel_type: "chat", ...manifest }, setup }), asked };
}

/** A step that throws this error. */
export function failing(...[code, details]: ConstructorParameters<typeof HooklineError>): Step {
  return () => {
    throw new HooklineError(code, { reason: "the script says so", ...details });
  };
}

/** A step that never answers. */
export const hanging: Step = () => new Promise(() => undefined);

/** A step that sends the message. */
export const sending: Step = () => ({ message_id: "1" });

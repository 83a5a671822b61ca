import { nearest } from "../errors.ts";
import type { Route } from "./routeSchema.ts";

/** Who serves which channel, as far as it is known. */
export interface ServedChannels {
  /** Of the manifests that were found, whether their plugins are enabled or not. */
  plugins: Iterable<string>;
  /** A plugin of one file says its channel only in its code. */
  instances: Iterable<{ enabled: boolean; channel: string | undefined }>;
}

/**
 * The channels of rules that look misspelt, a sentence each. They are no errors: a plugin that serves them may be dropped in later, and a
 * channel that only a rule names exists by it. Nothing is said while the channel of an enabled instance is not known.
 */
export function channelWarnings(routes: readonly Route[], { plugins, instances }: ServedChannels): string[] {
  if (routes.length === 0) return [];
  const all = [...instances];
  if (all.some(({ enabled, channel }) => enabled && channel === undefined)) return [];
  const served = new Set([...plugins, ...all.flatMap(({ channel }) => channel ?? [])]);
  const made = new Set(routes.flatMap(({ match }) => match.channel ?? []));
  const sentTo = new Set(routes.flatMap(({ channels }) => channels ?? []));
  const warnings = routes.flatMap(({ name, match, channels = [] }) => [
    ...(match.channel ?? []).flatMap((channel) => {
      // A rule that sends calls on makes a channel of its own, whatever it is called.
      if (channels.length > 0 || served.has(channel) || sentTo.has(channel)) return [];
      const near = nearest(channel, served, nearEnough(channel));
      if (near === undefined) return [];
      return [`The route "${name}" is for the channel "${channel}", which nobody serves: did you mean "${near}"?`];
    }),
    ...channels.flatMap((channel) => {
      if (served.has(channel) || made.has(channel)) return [];
      const known = new Set([...served, ...made]);
      const near = nearest(channel, known);
      const hint = near ? `did you mean "${near}"?` : `known are ${[...known].join(", ") || "none"}.`;
      return [`The route "${name}" sends calls to the channel "${channel}", which nobody serves and no rule names: ${hint}`];
    }),
  ]);
  return [...new Set(warnings)];
}

/** Short names are near each other without being meant: sms, mms, rcs. */
function nearEnough(channel: string): number {
  return Math.max(1, Math.floor(channel.length / 4));
}

import { z } from "../contract/schema.ts";
import { routeSchema } from "./routeSchema.ts";

/** What reads well after the name of a key: `settings.drain_seconds must be …`. */
const wrong = (must: string) => (issue: { code?: string; input?: unknown }) => {
  if (issue.code === "unrecognized_keys") return undefined;
  return issue.input === undefined ? "is missing" : `must be ${must}`;
};

const name = (what: string) =>
  z
    .string({ error: wrong("text") })
    .regex(/^[A-Za-z0-9@][\w.@/-]*$/, `must be ${what}: letters, digits and _ . - @ /, starting with a letter, a digit or @`);
const flag = () => z.boolean({ error: wrong("true or false") });
const number = (from: number, to: number) => {
  const must = `a number from ${from} to ${to}`;
  return z
    .number({ error: wrong(must) })
    .min(from, `must be ${must}`)
    .max(to, `must be ${must}`);
};
const whole = (from: number, to: number) => {
  const must = `a whole number from ${from} to ${to}`;
  return z
    .int({ error: wrong(must) })
    .min(from, `must be ${must}`)
    .max(to, `must be ${must}`);
};

const million = 1_000_000;
const timeout = () => number(0.001, 86_400);
const retries = () => whole(0, 100);
const rate = () => whole(0, million);
const concurrency = () => whole(1, million);

/** The keys of one entry of `enabled_plugins`. */
export const instanceSchema = z.strictObject(
  {
    plugin_id: name("a plugin's id").describe("Which plugin: the plugin_id of its manifest."),
    id: name("an id")
      .optional()
      .describe("The name of this instance. Default: the plugin_id. Two instances of one plugin need it."),
    enabled: flag().default(true).describe("false: the instance is not loaded, and its variables need not be set."),
    priority: whole(-million, million).default(100).describe("Lower is asked first; ties: the order in this file."),
    channel: name("a channel").optional().describe("The channel it serves. Default: the channel_type of the plugin's manifest."),
    timeout_seconds: timeout().optional().describe("How long one call may take here. Default: defaults.timeout_seconds."),
    max_retries: retries().optional().describe("How often a call is tried again here. Default: defaults.max_retries."),
    rate_limit_per_minute: rate()
      .optional()
      .describe("Calls a minute here; 0: no limit. Default: defaults.rate_limit_per_minute."),
    max_concurrent_sends: concurrency()
      .optional()
      .describe("Calls at the same time here. Default: settings.max_concurrent_sends."),
    config: z
      .record(z.string(), z.unknown(), { error: wrong("a map of settings") })
      .default({})
      .describe("The plugin's own settings; its README and its manifest list them."),
  },
  { error: wrong("a map with plugin_id and what else the instance needs") },
);

/** The keys of `defaults`. */
export const defaultsSchema = z.strictObject(
  {
    timeout_seconds: timeout().default(30).describe("How long one call to one instance may take."),
    max_retries: retries().default(3).describe("How often a call that may be repeated is tried again on the same instance."),
    rate_limit_per_minute: rate().default(0).describe("How many calls a minute one instance gets; 0: no limit."),
  },
  { error: wrong("a map") },
);

/** The keys of `settings.rollback`. */
export const rollbackSchema = z.strictObject(
  {
    first_calls: whole(0, million)
      .default(10)
      .describe("How many calls of a new generation are watched after a reload; 0: none."),
    error_share: number(0.01, 1)
      .default(0.5)
      .describe("The share of them that must fail by the plugin's own fault to bring the old one back."),
  },
  { error: wrong("a map") },
);

/** The keys of `settings`. */
export const settingsSchema = z.strictObject(
  {
    auto_reload: flag().default(true).describe("Watch the files, and carry out every change while the host runs."),
    max_concurrent_sends: concurrency().default(100).describe("How many calls one instance gets at the same time."),
    health_check_interval: number(0, 86_400).default(300).describe("Seconds between two health checks of an instance; 0: none."),
    drain_seconds: number(0, 86_400)
      .default(30)
      .describe("How long calls in flight may go on with a generation that was replaced."),
    rollback: rollbackSchema.prefault({}).describe("When a new generation is taken back."),
    polling: z
      .union([z.literal("auto"), z.boolean(), number(0.01, 3600)], {
        error: wrong("auto, true, false, or seconds from 0.01 to 3600"),
      })
      .default("auto")
      .describe(
        "Look for changes instead of waiting for events. auto: on file systems that send none; a number: every so many seconds.",
      ),
    accelerator: flag()
      .default(true)
      .describe("Compile plugins with oxc-transform where it is installed; false: always with the built-in compiler."),
  },
  { error: wrong("a map") },
);

/** The configuration file, but for its `x-…` keys. */
export const configSchema = z.strictObject(
  {
    plugin_paths: z
      .array(z.string({ error: wrong("text") }).min(1, "must name a folder, a file or an npm package"), {
        error: wrong("a list of folders, files or npm packages"),
      })
      .default([])
      .describe(
        "Where plugins are: folders, files or npm packages, relative to this file; ~ is your home. The first that has a plugin wins.",
      ),
    enabled_plugins: z
      .array(instanceSchema, { error: wrong("a list of instances, each with plugin_id") })
      .default([])
      .describe("The instances that run."),
    routes: z
      .array(routeSchema, { error: wrong("a list of rules") })
      .default([])
      .describe("Rules that choose the instances of a call; the first that matches wins."),
    defaults: defaultsSchema.prefault({}).describe("What holds for every instance that does not say otherwise."),
    settings: settingsSchema.prefault({}).describe("What holds for the whole host."),
  },
  { error: wrong("a map with enabled_plugins") },
);

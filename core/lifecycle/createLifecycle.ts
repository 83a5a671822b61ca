import type { Clock } from "../clock.ts";
import { channelWarnings } from "../config/channelWarnings.ts";
import { compareConfig } from "../config/compareConfig.ts";
import { type Config, readConfig } from "../config/readConfig.ts";
import { HooklineError } from "../errors.ts";
import { type ConfigSource, channelsOf, type Desired, findDesired, readConfigSource } from "./desired.ts";
import { checkAll, watchHealth } from "./health.ts";
import { channelOf, type InstanceRecord } from "./instanceRecord.ts";
import { reconcile } from "./reconcile.ts";
import { rollBack } from "./rollBack.ts";
import { type Status, statusOf } from "./status.ts";
import type { Trigger } from "./steps.ts";
import { type FileChanges, type FileWatch, watchFiles } from "./watchFiles.ts";
import type { World } from "./world.ts";

// How long a loss in the configuration file has to last to be believed, in milliseconds.
const settledAfter = 100;

/** What changes a host while it runs. Every change goes through one queue and one path. */
export interface Lifecycle {
  start(): Promise<void>;
  /** Reads configuration and folders again; gives one instance, or all, a new generation. Throws what refused it. */
  reload(id?: string): Promise<void>;
  rollback(id: string): Promise<void>;
  /** Takes another configuration, of a host that has none in a file. */
  configure(object: unknown): Promise<void>;
  checkHealth(): Promise<void>;
  status(): Status;
  close(): Promise<void>;
}

/** Makes the lifecycle of a host; nothing runs before `start`. */
export function createLifecycle(
  world: World,
  source: ConfigSource,
  { watch, clock }: { watch: boolean; clock: Clock },
): Lifecycle {
  let desired: Desired = { config: world.config, found: new Map(), problems: new Map(), warnings: [], watched: [] };
  let given = source.object;
  /** What was said of the channels of rules. */
  let misspelt: readonly string[] = [];
  let files: FileWatch | undefined;
  /** What the configuration file was when it was not taken at once. */
  let unsettled: { seen: string; at: number } | undefined;
  /** What was said of a configuration file that cannot be used: it is said once. */
  let brokenAs: string | undefined;
  let cancelLook = (): void => undefined;
  let stopHealth = (): void => undefined;
  let closed: Promise<void> | undefined;
  world.lookAgain = (id) => {
    const record = world.records.get(id);
    if (!record) return;
    void world.enqueue(() => reconcile(world, desired, { paths: new Set([...record.seen.files.keys(), ...record.seen.misses]) }));
  };

  return {
    start: () => world.enqueue(start),
    reload: (id) => world.enqueue(() => reload(id)),
    rollback: (id) => world.enqueue(() => rollBack(world, recordOf(id), { reason: "by hand", automatic: false })),
    configure: (object) =>
      world.enqueue(async () => {
        if (world.config.file !== undefined) {
          throw new HooklineError("config_invalid", {
            reason: `This host's configuration is the file ${world.config.file}: change that file`,
          });
        }
        await take(readConfig({ object }, source), {});
        given = object;
      }),
    checkHealth: () => checkAll(world),
    status: () =>
      statusOf(world, {
        watching: files?.modes() ?? [],
        transformer: world.transformer(),
        warnings: [...desired.warnings, ...misspelt],
      }),
    close() {
      closed ??= close();
      return closed;
    },
  };

  async function start(): Promise<void> {
    await look();
    // Watching begins before anything is loaded, so that a change in between is not lost.
    await watchOrNot();
    await reconcile(world, desired, { starting: true });
    lookAtChannels();
    stopHealth = watchHealth(world);
  }

  async function reload(id: string | undefined): Promise<void> {
    const force = id === undefined ? new Set(world.records.keys()) : new Set([recordOf(id).id]);
    await take(await readConfigSource({ ...source, object: given }), { force });
    const failures = [...force].flatMap((one) => world.records.get(one)?.failure ?? []);
    if (failures[0]) throw failures[0];
  }

  /** Files changed. */
  async function apply({ paths, structure, config }: FileChanges): Promise<void> {
    if (world.closing) return;
    const next = config ? await readAgain() : undefined;
    if (next) return take(next, { paths });
    if (structure) await look();
    await reconcile(world, desired, { paths, sameConfig: true });
    lookAtChannels();
    for (const [path, at] of world.touched) if (world.clock.now() - at > 10_000) world.touched.delete(path);
  }

  /**
   * The configuration file as it is now; undefined when it is not taken, and then the last good one stays. Who saves it may have
   * emptied it a moment ago: that it is broken, or that instances are gone, has to be true a moment later still.
   */
  async function readAgain(): Promise<Config | undefined> {
    try {
      const next = await readConfigSource(source);
      const isLoss = compareConfig(world.config, next).removed.length > 0;
      if (isLoss && !isSettled(keyOf(next))) return undefined;
      unsettled = undefined;
      return next;
    } catch (cause) {
      const error = HooklineError.is(cause) ? cause : new HooklineError("config_invalid", { reason: String(cause) }, { cause });
      if (!isSettled(error.message) || brokenAs === error.message) return undefined;
      brokenAs = error.message;
      world.events.emit("config_failed", { error });
      return undefined;
    }
  }

  /** True when the file has been this for a while; else it is looked at again when it would have been. */
  function isSettled(seen: string): boolean {
    const now = clock.now();
    if (unsettled?.seen !== seen) unsettled = { seen, at: now };
    const left = unsettled.at + settledAfter - now;
    if (left <= 0) return true;
    cancelLook();
    cancelLook = clock.after(left, () => void world.enqueue(() => apply({ paths: new Set(), structure: false, config: true })));
    return false;
  }

  async function take(next: Config, trigger: Trigger): Promise<void> {
    const changes = compareConfig(world.config, next);
    const before = world.config;
    world.config = next;
    if (changes.pathsChanged || trigger.force) await look();
    else desired = { ...desired, config: next };
    await reconcile(world, desired, trigger);
    lookAtChannels();
    const { added, removed, changed, settingsChanged } = changes;
    if (settingsChanged.length > 0) {
      stopHealth();
      stopHealth = watchHealth(world);
    }
    if (before.settings.auto_reload !== next.settings.auto_reload || settingsChanged.some((key) => key.startsWith("polling"))) {
      await files?.close();
      files = undefined;
    }
    await watchOrNot();
    const isChange =
      added.length + removed.length + changed.length + changes.moved.length + settingsChanged.length > 0 ||
      changes.routesChanged ||
      changes.pathsChanged;
    if (brokenAs !== undefined && !isChange) world.events.emit("mended", {});
    brokenAs = undefined;
    if (isChange) world.events.emit("config_changed", { added, removed, changed });
  }

  /** Looks through the plugin paths. */
  async function look(): Promise<void> {
    const before = new Set(desired.warnings);
    desired = await findDesired(world.config, world.objects, source);
    for (const message of desired.warnings) if (!before.has(message)) world.events.emit("warning", { message });
    files?.follow(watchedPaths());
  }

  /** Says once what looks misspelt in the channels of rules. */
  function lookAtChannels(): void {
    const instances = [...world.records.values()].map((record) => ({
      enabled: record.config.enabled,
      channel: channelOf(record),
    }));
    const before = misspelt;
    misspelt = channelWarnings(world.config.routes, { plugins: channelsOf(desired), instances });
    for (const message of misspelt) if (!before.includes(message)) world.events.emit("warning", { message });
  }

  async function watchOrNot(): Promise<void> {
    const paths = watchedPaths();
    if (!watch || !world.config.settings.auto_reload || paths.length === 0) return;
    if (files) return files.follow(paths);
    files = watchFiles(world, paths, { clock, apply: (changes) => void world.enqueue(() => apply(changes)) });
    await files.ready;
  }

  function watchedPaths(): string[] {
    const { file } = world.config;
    return file === undefined ? [...desired.watched] : [...desired.watched, file];
  }

  async function close(): Promise<void> {
    world.closing = true;
    stopHealth();
    cancelLook();
    await files?.close();
    await world.enqueue(async () => {
      await reconcile(world, { ...desired, config: { ...world.config, instances: [] } }, {});
      while (world.background.size > 0) await Promise.all(world.background);
    });
    world.events.emit("closed", {});
  }

  function recordOf(id: string): InstanceRecord {
    const record = world.records.get(id);
    if (!record) throw new HooklineError("instance_unknown", { id, known: [...world.records.keys()] });
    return record;
  }
}

function keyOf({ instances, plugin_paths }: Config): string {
  return JSON.stringify([plugin_paths, instances]);
}

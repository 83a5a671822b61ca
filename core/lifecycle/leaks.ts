// So many reloads in a row have to leave one more behind before we speak of a leak: an application opens things of its own.
const inARow = 3;
// What comes and goes by itself, or belongs to the process.
const ignored = new Set([
  "Immediate",
  "TickObject",
  "TTYWrap",
  "PipeWrap",
  "FSReqCallback",
  "FSReqPromise",
  "CloseReq",
  "WriteWrap",
  "ShutdownWrap",
]);

/** Counts what keeps a process alive, by kind: timers, servers, sockets, child processes, watchers. */
export type ResourceCount = () => ReadonlyMap<string, number>;

/** The resources of this process now. */
const countResources: ResourceCount = () => {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) if (!ignored.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
};

/** Looks after each disposal of an instance whether its generations leave something behind that they did not make through the context. */
export interface LeakWatch {
  /** Says once what grows; undefined while nothing does. */
  look(instance: string): string | undefined;
  forget(instance: string): void;
}

/** Makes a leak watch. */
export function createLeakWatch(count: ResourceCount = countResources): LeakWatch {
  const last = new Map<string, { counts: ReadonlyMap<string, number>; growing: Map<string, number> }>();
  return {
    look(instance) {
      const before = last.get(instance);
      const counts = count();
      const growing = new Map<string, number>();
      for (const [kind, now] of counts) {
        if (before && now > (before.counts.get(kind) ?? 0)) growing.set(kind, (before.growing.get(kind) ?? 0) + 1);
      }
      last.set(instance, { counts, growing });
      const kinds = [...growing].filter(([, times]) => times === inARow).map(([kind]) => kind);
      if (kinds.length === 0) return undefined;
      return `${instance}: each of its last ${inARow} reloads left something behind (${kinds.join(", ")}); make timers, servers and listeners through the context, or undo them in onDispose()`;
    },
    forget: (instance) => void last.delete(instance),
  };
}

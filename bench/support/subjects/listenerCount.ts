import { EventEmitter, getEventListeners } from "node:events";

/** Begins to follow who listens on what, and returns the count: all listeners on emitters and event targets that are still alive. */
export function followListeners(): () => number {
  const emitters = remembering<EventEmitter>();
  const targets = remembering<EventTarget>();
  const types = new Set<string>();

  const { addListener, prependListener } = EventEmitter.prototype;
  EventEmitter.prototype.addListener = EventEmitter.prototype.on = function on(...listener) {
    emitters.add(this);
    return addListener.apply(this, listener);
  };
  EventEmitter.prototype.prependListener = function prepend(...listener) {
    emitters.add(this);
    return prependListener.apply(this, listener);
  };
  const { addEventListener } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function add(type, ...listener) {
    targets.add(this);
    types.add(type);
    return addEventListener.call(this, type, ...listener);
  };

  return () => {
    const onEmitters = emitters.alive().flatMap((emitter) => emitter.eventNames().map((name) => emitter.listenerCount(name)));
    const onTargets = targets.alive().flatMap((target) => [...types].map((type) => getEventListeners(target, type).length));
    return [...onEmitters, ...onTargets].reduce((sum, count) => sum + count, 0);
  };
}

/** Objects that are not kept alive by being remembered. */
function remembering<T extends object>() {
  const known = new WeakSet<T>();
  const references = new Set<WeakRef<T>>();
  return {
    add(one: T): void {
      if (known.has(one)) return;
      known.add(one);
      references.add(new WeakRef(one));
    },
    alive(): T[] {
      return [...references].flatMap((reference) => {
        const one = reference.deref();
        if (one === undefined) references.delete(reference);
        return one ?? [];
      });
    },
  };
}

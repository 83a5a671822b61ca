// The hook engine alone: createHooks needs no host, no files, no configuration. Pluggy's semantics, typed.
// expect: [ 'hi anna', 'hello anna' ]
// expect: [ 'hi anna!', 'hello anna!' ]
// expect: answer: 4 o'clock
// expect: greet took part: loud, polite, short
import { createHooks, HooklineError, hook } from "hookline";

const hooks = createHooks({
  greet: hook<{ who: string }, string>("collect"),
  time: hook<{ zone: string }, string>("first"),
});

// Synchronous implementations give their answer at once, without a promise. Who registers last is called first.
hooks.register({ name: "polite", hooks: { greet: ({ who }) => `hello ${who}` } });
hooks.register({ name: "short", hooks: { greet: ({ who }) => `hi ${who}` } });
console.log(hooks.call("greet", { who: "anna" }));

// A wrapper sees the result of all the others and may change it.
hooks.register({
  name: "loud",
  hooks: { greet: { wrapper: true, handler: async (_request, next) => (await next()).map((greeting) => `${greeting}!`) } },
});
console.log(await hooks.call("greet", { who: "anna" }));

// `first` stops at the first answer; undefined is none.
hooks.register({ name: "utc", hooks: { time: ({ zone }) => (zone === "utc" ? "4 o'clock" : undefined) } });
hooks.register({ name: "clueless", hooks: { time: () => undefined } });
console.log(`answer: ${hooks.call("time", { zone: "utc" })}`);

// An error names hook and plugin; the original is its cause.
hooks.register({
  name: "broken",
  hooks: {
    time: () => {
      throw new Error("no battery");
    },
  },
});
try {
  hooks.call("time", { zone: "utc" });
} catch (error) {
  if (HooklineError.is(error)) console.log(error.message);
}

// One call without it; then without it for good.
console.log(hooks.call("time", { zone: "utc" }, { without: ["broken"] }));
hooks.unregister("broken");

const { implementations } = hooks.describe().greet ?? { implementations: [] };
console.log(
  `greet took part: ${implementations
    .map(({ plugin }) => plugin)
    .sort()
    .join(", ")}`,
);

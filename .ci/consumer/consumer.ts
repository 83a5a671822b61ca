// An application that installed the tarballs: its types are checked by TypeScript 5.9 and 7, then plain Node runs it.
import assert from "node:assert/strict";
import {
  type Context,
  createHooks,
  createHost,
  defineContract,
  definePlugin,
  errorTable,
  HooklineError,
  hook,
  unwrap,
  z,
} from "hookline";

// The engine alone.
const engine = createHooks({ greet: hook<{ who: string }, string>("collect") });
engine.register({ name: "anna", hooks: { greet: ({ who }) => `hello ${who.toUpperCase()}` } });
const greetings: string[] = await engine.call("greet", { who: "you" });
assert.deepEqual(greetings, ["hello YOU"]);
// @ts-expect-error a misspelt hook
assert.throws(() => engine.call("gret", { who: "you" }), { code: "hook_unknown" });

// A contract that has nothing to do with communication.
const weather = defineContract({
  id: "weather",
  version: "1.0.0",
  hooks: {
    forecast: {
      mode: "collect",
      request: z.object({ city: z.string(), days: z.number().default(1) }),
      answer: z.object({ degrees: z.number() }),
    },
  },
});
const almanac = definePlugin<Record<string, unknown>, typeof weather>({
  manifest: { plugin_id: "almanac", channel_type: "weather" },
  setup: () => ({ forecast: ({ city, days }) => ({ degrees: city.length + days }) }),
});

// A plugin for the communication contract.
const chat = definePlugin<{ prefix: string }>({
  manifest: { plugin_id: "chat", channel_type: "chat" },
  setup({ config }: Context<{ prefix: string }>) {
    return {
      send_message({ content }) {
        if (content.text === undefined) throw new HooklineError("unsupported", { reason: "only text" });
        return { message_id: `${config.prefix}${content.text.length}` };
      },
    };
  },
});
definePlugin({
  // @ts-expect-error a misspelt hook
  setup: () => ({ send_mesage: () => ({ message_id: "1" }) }),
});

const host = await createHost({
  plugins: [chat, almanac],
  contracts: [weather],
  config: { enabled_plugins: [{ plugin_id: "chat", config: { prefix: "no-" } }, { plugin_id: "almanac" }] },
  logger: false,
});

const outcome = await host.call("send_message", { channel: "chat", to: "anna", content: { text: "hello" } });
const message_id: string = unwrap(outcome).message_id;
assert.match(message_id, /no-5$/);
assert.equal(outcome.route.instance, "chat");
const forecasts: { degrees: number }[] = await host.call("forecast", { city: "Rome" });
assert.deepEqual(forecasts, [{ degrees: 5 }]);
assert.deepEqual(await host.hooks.forecast({ city: "Rome", days: 2 }), [{ degrees: 6 }]);

// @ts-expect-error a misspelt hook
await assert.rejects(host.call("send_mesage", { channel: "chat", to: "anna", content: "x" }), { code: "hook_unknown" });
// @ts-expect-error a misspelt field
await assert.rejects(host.call("send_message", { channel: "chat", to: "anna", contnet: "x" }), { code: "invalid_request" });
assert.equal(errorTable.timeout.dispatched, "maybe");

await host.close();
console.log("consumer: types and run are good");

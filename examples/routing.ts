// Which plugin answers: rules in the configuration, explained, with a dead primary that fails over and a key that sends once.
// expect: +33612345678 by vonage_sms (french-numbers)
// expect: anna by twilio_sms (texts), arm a
// expect: 100,000 users: arm a 90 %, arm b 10 %
// expect: beta testers at 20 %: 20 % of the users, and all who were in at 5 %
// expect: alerts: sms by twilio_sms, email by smtp
// expect: twilio_sms failed over to vonage_sms: unavailable
// expect: anna by vonage_sms (texts), arm a
// expect: twilio_sms is left out: its circuit is open after unavailable
// expect: fresh, replayed: 1 message sent
import { createHost, definePlugin, HooklineError } from "hookline";

// Two plugins as objects; each platform is a list. `vonage` stands for the second vendor of the same channel.
const sent: string[] = [];
let isDown = false;
const sms = definePlugin<{ vendor: string }>({
  manifest: { plugin_id: "demo_sms", channel_type: "sms", required_config: ["vendor"] },
  setup: ({ config }) => ({
    send_message({ to }) {
      if (isDown && config.vendor === "twilio") throw new HooklineError("unavailable", { reason: "connection refused" });
      return { message_id: String(sent.push(`${config.vendor} ${to[0]?.value}`)) };
    },
  }),
});
const email = definePlugin({
  manifest: { plugin_id: "smtp", channel_type: "email" },
  setup: () => ({ send_message: ({ to }) => ({ message_id: String(sent.push(`smtp ${to[0]?.value}`)) }) }),
});

const configuration = (percent: number) => ({
  enabled_plugins: [
    { plugin_id: "demo_sms", id: "twilio_sms", config: { vendor: "twilio" } },
    { plugin_id: "demo_sms", id: "vonage_sms", config: { vendor: "vonage" } },
    { plugin_id: "smtp" },
  ],
  routes: [
    { name: "french-numbers", match: { channel: "sms", recipient: "^\\+33" }, use: ["vonage_sms", "twilio_sms"] },
    {
      name: "beta",
      match: { channel: "sms", context: { beta: true } },
      rollout: { by: "context.user", percent, use: ["vonage_sms"] },
    },
    {
      name: "texts",
      match: { channel: "sms" },
      split: {
        by: "context.user",
        arms: [
          { name: "a", weight: 90, use: ["twilio_sms", "vonage_sms"] },
          { name: "b", weight: 10, use: ["vonage_sms", "twilio_sms"] },
        ],
      },
    },
    { name: "tell-everyone", match: { channel: "alerts" }, channels: ["sms", "email"], strategy: "all" },
  ],
});
const host = await createHost({ plugins: [sms, email], config: configuration(5), logger: false });
host.on("failed_over", ({ from, to, code }) => console.log(`${from} failed over to ${to}: ${code}`));

const message = (to: string, context = {}) => ({ channel: "sms", to, content: "Lunch?", context });
const anna = message("anna", { user: "anna" });

// Which rule, and who answers.
await send(message("+33612345678"));
await send(anna);
console.log(JSON.stringify(host.explain("send_message", anna), undefined, 2));

// A/B and rollout: the same user always lands on the same side.
const users = Array.from({ length: 100_000 }, (_, n) => `user-${n}`);
const arms = users.map((user) => routeOf({ user })?.arm);
console.log(
  `100,000 users: arm a ${share(arms.filter((arm) => arm === "a"))}, arm b ${share(arms.filter((arm) => arm === "b"))}`,
);
const early = users.filter(isBetaTester);
await host.configure(configuration(20));
const later = new Set(users.filter(isBetaTester));
const and = early.every((user) => later.has(user)) ? "and all" : "but not all";
console.log(`beta testers at 20 %: ${share([...later])} of the users, ${and} who were in at 5 %`);

// One name for several channels.
const { channels = {} } = await host.call("send_message", { ...anna, channel: "alerts" });
console.log(
  `alerts: ${Object.entries(channels)
    .map(([name, { route }]) => `${name} by ${route.instance}`)
    .join(", ")}`,
);

// The first one dies: the next answers. After five failures in a row it is left alone for ten seconds.
isDown = true;
for (let call = 1; call <= 6; call += 1) await send(anna);
for (const { instance, reason } of host.explain("send_message", anna).sms?.left_out ?? [])
  console.log(`${instance} is left out: ${reason}`);

// A key sends once, however often it is called.
const before = sent.length;
const outcomes = [];
for (let time = 1; time <= 2; time += 1) outcomes.push(await host.call("send_message", { ...anna, idempotency_key: "order-7" }));
console.log(`${outcomes.map(({ idempotent }) => idempotent).join(", ")}: ${sent.length - before} message sent`);
await host.close();

async function send(request: ReturnType<typeof message>): Promise<void> {
  const { route, error } = await host.call("send_message", request);
  const arm = route.arm === undefined ? "" : `, arm ${route.arm}`;
  console.log(error?.message ?? `${request.to} by ${route.instance} (${route.name})${arm}`);
}

function routeOf(context: object) {
  return host.explain("send_message", message("x", context)).sms?.route;
}

function isBetaTester(user: string): boolean {
  return routeOf({ user, beta: true })?.name === "beta";
}

function share(some: readonly unknown[]): string {
  return `${Math.round((100 * some.length) / users.length)} %`;
}

// The first thing to run: `npm start`. It creates a group, adds members, sends to it, then watches its plugin and its configuration.
// expect: sent
import { createHost, unwrap } from "hookline";

const config = "config/hookline.yml";
const host = await createHost({ config, logger: false });

const show = (
  what: string,
  { status, route, timing }: { status: string; route: { instance?: string }; timing: { ms: number } },
): void => console.log(`${what.padEnd(34)} ${status} by ${route.instance} in ${timing.ms.toFixed(1)} ms`);

for (const [id, { state, channel, hooks, failure }] of Object.entries(host.status().instances)) {
  console.log(`${id}: ${state}, channel ${channel}, ${hooks.length} hooks`);
  if (failure) console.log(`  ${failure.message}`);
}

const created = await host.call("create_group", { channel: "local", name: "Friends", external_id: "friends" });
show("create_group Friends", created);
const { id: group } = unwrap(created);
show("add_member anna, ben", await host.call("add_member", { channel: "local", group, members: ["anna", "ben"] }));
await send("Hello from Hookline");
console.log(`\nThe group, its members and its messages are files in var/mailbox.`);

async function send(text: string): Promise<void> {
  const sent = await host.call("send_message", { channel: "local", to: { kind: "group", value: group }, content: text });
  show(`send_message to Friends`, sent);
  if (sent.error) console.log(`  ${sent.error.message}`);
  else console.log(`  sent ${sent.value?.message_id}, generation ${sent.attempts.at(-1)?.generation}`);
}

if (process.env.HOOKLINE_EXAMPLE_ENDS) {
  await host.close();
} else {
  console.log(`
Watching. Now edit one of these in another window and save, and see it go live here:
  plugins/local_mailbox/index.ts    its code: change something, or break it
  ${config}               its settings: another folder, priority, enabled: false
Ctrl-C ends.`);
  host.on("reloaded", ({ instance, generation, ms }) => {
    console.log(`\n${instance} was reloaded in ${ms.toFixed(1)} ms: generation ${generation} answers now`);
    void send(`Sent by generation ${generation}`);
  });
  host.on("loaded", ({ instance, ms }) => console.log(`\n${instance} is live (${ms.toFixed(1)} ms)`));
  host.on("removed", ({ instance, reason }) => console.log(`\n${instance} stopped: ${reason}`));
  host.on("reload_failed", ({ error }) => console.log(`\n${error.message}\n  The version before still answers.`));
  host.on("config_failed", ({ error }) => console.log(`\n${error.message}\n  The configuration before still holds.`));
  host.on("mended", ({ instance }) =>
    console.log(`\n${instance ?? "The configuration"}: mended, as it was when it was last live`),
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void host.close().then(() => console.log("\nClosed: every call has ended.")));
  }
}

import { Pool } from "undici";
import { createHost, definePlugin, type Host } from "../../core/index.ts";
import { messagePeers, type SendText } from "./messagePeers.ts";

/** One way to post messages to a webhook. */
export interface Sender {
  send(): Promise<unknown>;
  close(): Promise<void>;
}

/** The bare client that the others are compared with. */
export const bareClient = "undici, Pool.request";

const headers = { "content-type": "application/json" };

/** Opens the sender of that name. */
export function openSender(name: string, url: string): Promise<Sender> {
  const open = senders[name];
  return open ? open(url) : peerSender(name, url);
}

/** The names of all senders but the peers. */
export const senderNames = () => Object.keys(senders);

const senders: Readonly<Record<string, (url: string) => Promise<Sender>>> = {
  async [bareClient](url) {
    const { send, close } = poolOf(url);
    return { send: () => send("hello"), close };
  },

  async "the same with AbortSignal.timeout"(url) {
    const { send, close } = poolOf(url, () => AbortSignal.timeout(30_000));
    return { send: () => send("hello"), close };
  },

  async "fetch of Node"(url) {
    const send = async () => {
      const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ to: "anna", text: "hello" }) });
      return idOf(await answer.json());
    };
    return { send, close: async () => undefined };
  },

  async "hookline, a plugin of ten lines"(url) {
    const plugin = definePlugin<{ url: string }>({
      manifest: { plugin_id: "minimal", channel_type: "webhook" },
      setup: ({ config, http }) => ({
        async send_message({ to, content }, { signal }) {
          const { json } = await http.post(config.url, { json: { to: to[0]?.value, text: content.text }, signal });
          return { message_id: json.id };
        },
      }),
    });
    return hostSender(
      await createHost({
        plugins: [plugin],
        config: { enabled_plugins: [{ plugin_id: "minimal", config: { url } }] },
        logger: false,
      }),
    );
  },

  async "hookline, generic_webhook"(url) {
    const config = { url, format: "plain", secret: `whsec_${Buffer.alloc(32, 7).toString("base64")}` };
    return hostSender(
      await createHost({
        config: { plugin_paths: ["./plugins/generic_webhook"], enabled_plugins: [{ plugin_id: "generic_webhook", config }] },
        cwd: new URL("../..", import.meta.url).pathname,
        logger: false,
        watch: false,
      }),
    );
  },
};

async function peerSender(name: string, url: string): Promise<Sender> {
  const { send: post, close } = poolOf(url);
  const send = (await messagePeers(post))[name];
  if (!send) throw new Error(`there is no sender "${name}"`);
  return { send, close };
}

function poolOf(url: string, signalFor = (): AbortSignal | undefined => undefined): { send: SendText; close(): Promise<void> } {
  const pool = new Pool(url, { connections: 50 });
  return {
    async send(text) {
      const signal = signalFor();
      const own = signal && { signal };
      const { body } = await pool.request({
        method: "POST",
        path: "/",
        headers,
        body: JSON.stringify({ to: "anna", text }),
        ...own,
      });
      return idOf(await body.json());
    },
    close: () => pool.destroy(),
  };
}

function hostSender(host: Host): Sender {
  return {
    async send() {
      const { status, error } = await host.call("send_message", { channel: "webhook", to: "anna", content: "hello" });
      if (status !== "ok") throw new Error(`a message was not delivered: ${error?.message}`);
    },
    close: () => host.close(),
  };
}

function idOf(answer: unknown): string {
  return typeof answer === "object" && answer !== null && "id" in answer ? String(answer.id) : "";
}

import { type PeerName, peer, peerTitle } from "../peers.ts";

/** Sends one text; gives the id of the message. */
export type SendText = (text: string) => Promise<string>;

/** The other libraries that send messages, each with one provider that is `send`: what makes one call of each. */
export async function messagePeers(send: SendText): Promise<Record<string, () => Promise<unknown>>> {
  return {
    [title("notifme-sdk")]: await notifme(send),
    [title("@upyo/core")]: await upyo(send),
    [title("@novu/stateless")]: await novu(send),
  };
}

const title = (name: PeerName): string => peerTitle(name);

async function notifme(send: SendText): Promise<() => Promise<unknown>> {
  const { default: library } = await peer<Notifme>("notifme-sdk");
  const provider = { type: "custom", id: "mine", send: ({ text }: { text: string }) => send(text) };
  const sdk = new library.default({ channels: { sms: { providers: [provider] } } });
  return () => sdk.send({ sms: { from: "+15550001", to: "+15550002", text: "hello" } });
}

/** It has no provider between the application and the transport: what it does for a message is to make it, and the receipt. */
async function upyo(send: SendText): Promise<() => Promise<unknown>> {
  const { createMessage } = await peer<Upyo>("@upyo/core");
  const transport = {
    id: "mine",
    async send({ content }: UpyoMessage): Promise<object> {
      return { successful: true, provider: "mine", messageId: await send(content.text) };
    },
  };
  return () =>
    transport.send(createMessage({ from: "me@example.com", to: "anna@example.com", subject: "hi", content: { text: "hello" } }));
}

async function novu(send: SendText): Promise<() => Promise<unknown>> {
  const { NovuStateless } = await peer<Novu>("@novu/stateless");
  const novu = new NovuStateless({ variableProtection: false });
  await novu.registerProvider({
    id: "mine",
    channelType: "sms",
    sendMessage: async ({ content }) => ({ id: await send(content) }),
  });
  // A function, since it compiles a text anew for each message.
  await novu.registerTemplate({ id: "hello", messages: [{ channel: "sms", template: () => "hello" }] });
  return () => novu.trigger("hello", { $user_id: "anna", $phone: "+15550002" });
}

interface Notifme {
  default: { default: new (options: object) => { send(request: object): Promise<unknown> } };
}

interface UpyoMessage {
  content: { text: string };
}

interface Upyo {
  createMessage(parts: object): UpyoMessage;
}

interface Novu {
  NovuStateless: new (
    config: object,
  ) => {
    registerProvider(provider: {
      id: string;
      channelType: string;
      sendMessage(options: { content: string }): Promise<object>;
    }): Promise<void>;
    registerTemplate(template: object): Promise<unknown>;
    trigger(event: string, payload: object): Promise<unknown>;
  };
}

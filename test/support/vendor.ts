import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { type AnyPlugin, definePlugin, type HttpAnswer, type HttpRequest } from "../../core/index.ts";
import type { ManifestInput } from "../../core/plugins/manifest.ts";

/** A platform on loopback: a real server, and what it was sent. */
export interface Vendor {
  url: string;
  /** The bodies of the requests that arrived, in order. */
  bodies: string[];
  /** Their idempotency keys. */
  keys: (string | undefined)[];
  /** Resolves when so many requests have arrived whole. */
  arrived(count: number): Promise<void>;
}

/** Serves HTTP until the test has finished. */
export async function httpVendor(answer: RequestListener): Promise<Vendor> {
  const log = requestLog();
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => (body += part));
    request.on("end", () => {
      answer(request, response);
      log.add(body, request.headers["idempotency-key"]?.toString());
    });
  });
  return { url: await listening(server), ...log.shown };
}

/** Answers every request with this status, body and headers. */
export function answering(status: number, body = "", headers: Record<string, string> = {}): Promise<Vendor> {
  return httpVendor((_, response) => response.writeHead(status, headers).end(body));
}

/** Takes bytes and does with the connection what `hear` does: for what no HTTP server would answer. */
export async function rawVendor(hear: (socket: Socket, bytes: Buffer) => void): Promise<Vendor> {
  const log = requestLog();
  const server = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      log.add(bytes.toString("latin1"), undefined);
      hear(socket, bytes);
    });
  });
  return { url: await listening(server), ...log.shown };
}

/** A place where nobody listens any more. */
export async function deadVendor(): Promise<Vendor> {
  const server = createServer();
  const url = await listening(server);
  server.close();
  await once(server, "close");
  return { url, ...requestLog().shown };
}

/**
 * A plugin on the channel `chat` that posts every message to its setting `url` and reads the id out of the JSON; `read` does that in a
 * way of the platform's own.
 */
export function poster(
  plugin_id: string,
  { read = (answer) => String(answer.json.id), manifest = {}, request = {} }: Posting = {},
): AnyPlugin {
  return definePlugin<{ url: string }>({
    manifest: { plugin_id, channel_type: "chat", ...manifest },
    setup: ({ config, http }) => ({
      async send_message({ to, content, idempotency_key = "" }, { signal }) {
        const headers = { "idempotency-key": idempotency_key };
        const answer = await http.post(config.url, {
          json: { to: to[0]?.value, text: content.text },
          headers,
          signal,
          ...request,
        });
        return { message_id: read(answer) };
      },
    }),
  });
}

interface Posting {
  read?: (answer: HttpAnswer) => string;
  manifest?: Partial<ManifestInput>;
  request?: HttpRequest;
}

function requestLog() {
  const bodies: string[] = [];
  const keys: (string | undefined)[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  return {
    shown: {
      bodies,
      keys,
      async arrived(count: number): Promise<void> {
        if (bodies.length >= count) return;
        await new Promise<void>((resolve) => waiting.push({ count, resolve }));
      },
    },
    add(body: string, key: string | undefined): void {
      bodies.push(body);
      keys.push(key);
      for (const { count, resolve } of waiting) if (bodies.length >= count) resolve();
    },
  };
}

async function listening(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

import { createHash } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { ids } from "./discordState.ts";

/** What a client says to the gateway. */
export interface GatewayPayload {
  op: number;
  d?: Record<string, unknown>;
}

/** Discord's gateway, as far as a session needs it: a real WebSocket server on the loopback. */
export interface GatewayDouble {
  readonly url: string;
  /** Every IDENTIFY so far. */
  readonly identified: Record<string, unknown>[];
  /** How many sessions are open. */
  readonly open: number;
  /** Instead of READY the next session is closed with this code. */
  refuseNext(code: number): void;
  /** Tells every open session of an event. */
  dispatch(event: string, data: object): void;
  /** Breaks all connections, without a word. */
  breakAll(): void;
  /** Resolves when so many sessions have been made ready, or refused. */
  answered(count: number): Promise<void>;
  /** Resolves when no session is open. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const [dispatched, heartbeat, identify, resume, hello, heartbeatAck] = [0, 1, 2, 6, 10, 11];

/** Starts the double. */
export async function startGateway(): Promise<GatewayDouble> {
  const sockets = new Set<Duplex>();
  const identified: Record<string, unknown>[] = [];
  const refusals: number[] = [];
  const changes = new EventEmitter();
  let answered = 0;
  let sequence = 0;

  const say = (socket: Duplex, payload: object): void => void socket.write(frame(1, Buffer.from(JSON.stringify(payload))));
  const tell = (socket: Duplex, t: string, d: object) => say(socket, { op: dispatched, t, d, s: ++sequence });

  function hear(socket: Duplex, { op, d = {} }: GatewayPayload): void {
    if (op === heartbeat) say(socket, { op: heartbeatAck });
    if (op !== identify && op !== resume) return;
    const code = refusals.shift();
    if (op === identify) identified.push(d);
    if (code !== undefined) socket.end(frame(8, Buffer.from([code >> 8, code & 255])));
    else if (op === identify) greet(socket);
    else tell(socket, "RESUMED", {});
    answered += 1;
    changes.emit("change");
  }

  function greet(socket: Duplex): void {
    const user = { id: ids.bot, username: "hookbot", discriminator: "0", avatar: null, bot: true };
    const session = { session_id: `session-${identified.length}`, resume_gateway_url: url(), v: 10 };
    tell(socket, "READY", {
      ...session,
      user,
      guilds: [{ id: ids.guild, unavailable: true }],
      application: { id: ids.bot, flags: 0 },
    });
    tell(socket, "GUILD_CREATE", {
      id: ids.guild,
      name: "Acme",
      owner_id: ids.anna,
      members: [],
      roles: [{ id: ids.guild, name: "@everyone", permissions: "0", position: 0 }],
      channels: [{ id: ids.general, type: 0, name: "general", guild_id: ids.guild, permission_overwrites: [] }],
      threads: [],
      emojis: [],
      stickers: [],
      features: [],
      member_count: 2,
    });
  }

  const server = createServer();
  server.on("upgrade", (request, socket) => {
    const accept = createHash("sha1")
      .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    const head = [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${accept}`,
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => {
      sockets.delete(socket);
      changes.emit("change");
    });
    let pending = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      for (let read = unframed(pending); read; read = unframed(pending)) {
        pending = pending.subarray(read.length);
        if (read.opcode === 8) socket.end(frame(8, read.payload));
        else if (read.opcode === 1) hear(socket, JSON.parse(read.payload.toString("utf8")));
      }
    });
    say(socket, { op: hello, d: { heartbeat_interval: 41_250 } });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = () => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url(),
    identified,
    get open() {
      return sockets.size;
    },
    refuseNext: (code) => void refusals.push(code),
    dispatch(event, data) {
      for (const socket of sockets) tell(socket, event, data);
    },
    breakAll,
    async answered(count) {
      while (answered < count) await once(changes, "change");
    },
    async idle() {
      while (sockets.size > 0) await once(changes, "change");
    },
    async close() {
      breakAll();
      server.close();
      await once(server, "close");
    },
  };
}

/** One frame from the server: never masked, never in parts. */
function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const size = length < 126 ? [length] : [126, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...size]), payload]);
}

/** The first frame of what a client has sent, unmasked; undefined while it is not whole. */
function unframed(bytes: Buffer): { opcode: number; payload: Buffer; length: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 127;
  const start = short === 126 ? 4 : 2;
  if (bytes.length < start + 4) return undefined;
  const size = short === 126 ? bytes.readUInt16BE(2) : short;
  const length = start + 4 + size;
  if (bytes.length < length) return undefined;
  const mask = bytes.subarray(start, start + 4);
  const payload = Buffer.from(bytes.subarray(start + 4, length).map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return { opcode: bytes.readUInt8(0) & 15, payload, length };
}

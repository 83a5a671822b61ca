import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** A mail as it arrived. */
export interface Arrived {
  envelope: { from: string; to: string[] };
  email: Email;
  raw: string;
  user?: string;
  /** The connection it came over. */
  session: string;
}

/** A real SMTP server on a free port, which keeps what arrives. */
export interface MailServer extends AsyncDisposable {
  port: number;
  mails: Arrived[];
  /** How many connections there were. */
  connections(): number;
}

/** One that speaks the whole protocol. */
export interface RealMailServer extends MailServer {
  /** Resolves when this connection has ended. */
  ended(session: string | undefined): Promise<void>;
}

/** Starts an SMTP server, on a free port unless one is given; `options` are those of smtp-server. */
export async function startMailServer(options: SMTPServerOptions = {}, port = 0): Promise<RealMailServer> {
  const mails: Arrived[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  let connections = 0;
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    authOptional: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    closeTimeout: 5,
    logger: false,
    onConnect({ id }, done) {
      connections += 1;
      ends.set(id, Promise.withResolvers());
      done();
    },
    onClose: ({ id }) => ends.get(id)?.resolve(),
    async onData(stream, session, done) {
      const raw = Buffer.concat(await stream.toArray());
      const { mailFrom, rcptTo } = session.envelope;
      mails.push({
        envelope: { from: mailFrom ? mailFrom.address : "", to: rcptTo.map(({ address }) => address) },
        email: await PostalMime.parse(raw),
        raw: raw.toString("latin1"),
        session: session.id,
        user: typeof session.user === "string" ? session.user : undefined,
      });
      done(null, "queued as 4711");
    },
    ...options,
  });
  // A client that gives up is an error to smtp-server; the tests look at the client's side.
  server.on("error", () => {});
  server.listen(port, "127.0.0.1");
  await once(server.server, "listening");
  return {
    port: portOf(server.server.address()),
    mails,
    connections: () => connections,
    ended: async (session) => ends.get(session ?? "")?.promise,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** A server that says what `answer` returns to each line; undefined is silence. It begins with `answer("")`. */
export async function startScriptedServer(
  answer: (line: string, socket: Socket) => string | undefined,
): Promise<MailServer & { lines: string[] }> {
  const lines: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    const say = (line: string): void => {
      const said = answer(line, socket);
      if (said !== undefined && socket.writable) socket.write(`${said}\r\n`);
    };
    say("");
    socket.on("data", (data) => {
      for (const line of data.toString().split("\r\n").filter(Boolean)) {
        lines.push(line);
        say(line);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: portOf(server.address()),
    mails: [],
    lines,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A port that nobody listens on. */
export async function refusedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

import { execFile } from "node:child_process";
import { existsSync, watch } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import PostalMime, { type Email } from "postal-mime";
import { refusedPort } from "./mailServer.ts";
import { selfSigned } from "./selfSigned.ts";

/** A postfix of our own: its configuration, queue, log and mailboxes lie in a temporary folder. */
export interface Postfix extends AsyncDisposable {
  port: number;
  /** The authority that vouches for its certificate. */
  ca: string;
  /** Waits until so many mails lie in a mailbox, and reads them. */
  mailbox(name: string, count: number): Promise<Email[]>;
}

const program = "/usr/sbin/postfix";
const nobody = 65_534;

/** Why there is no postfix to test with here; undefined when there is one. */
export function missingPostfix(): string | undefined {
  if (!existsSync(program)) return `${program} is not installed (apt-get install postfix), so nothing was sent through it`;
  if (process.getuid?.() !== 0) return "postfix starts for root only, so nothing was sent through it";
  return undefined;
}

/**
 * Starts postfix on a free port of the loopback. It has the mailboxes anna, ben and m1 to m25 at x.test and mail at acme.test, tells
 * later@x.test to come back later, relays nothing, takes 20,000 bytes and 10 recipients a mail.
 */
export async function startPostfix(): Promise<Postfix> {
  const port = await refusedPort();
  const folder = await mkdtemp(join(tmpdir(), "hookline-postfix-"));
  const { key, cert } = selfSigned();
  const config = join(folder, "config");
  const mail = join(folder, "mail");
  // The daemons are users of their own.
  await chmod(folder, 0o755);
  for (const name of ["config", "queue", "data", "mail"]) await mkdir(join(folder, name));
  await chown(join(folder, "data"), ...(await idsOf("postfix")));
  const people = ["anna", "ben", "later", ...Array.from({ length: 25 }, (_, n) => `m${n + 1}`)];
  for (const name of [...people, "mail"]) await makeMailbox(join(mail, name));
  const mailboxes = [...people.map((name) => `${name}@x.test ${name}/`), "mail@acme.test mail/"];
  await writeFile(join(config, "mailboxes"), `${mailboxes.join("\n")}\n`);
  await writeFile(join(config, "access"), "later@x.test 450 4.7.1 greylisted, come back later\n");
  await writeFile(join(config, "key.pem"), key, { mode: 0o600 });
  await writeFile(join(config, "cert.pem"), cert);
  await writeFile(join(config, "main.cf"), mainFor(folder));
  await writeFile(join(config, "master.cf"), masterFor(port));
  const run = promisify(execFile);
  const stop = async () => {
    await run(program, ["-c", config, "stop"]);
    await rm(folder, { recursive: true });
  };
  try {
    await run(program, ["-c", config, "start"]);
  } catch (error) {
    const log = await readFile(join(folder, "postfix.log"), "utf8").catch(() => "it wrote no log");
    await rm(folder, { recursive: true });
    throw new Error(`postfix did not start: ${log}`, { cause: error });
  }
  return {
    port,
    ca: cert,
    mailbox: (name, count) => mailsIn(join(mail, name, "new"), count),
    [Symbol.asyncDispose]: stop,
  };
}

function mainFor(folder: string): string {
  const config = join(folder, "config");
  return `compatibility_level = 3.6
queue_directory = ${join(folder, "queue")}
data_directory = ${join(folder, "data")}
maillog_file = ${join(folder, "postfix.log")}
maillog_file_prefixes = ${folder}
myhostname = mx.x.test
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
mydestination =
local_recipient_maps =
alias_maps =
default_transport = error:nothing leaves this machine
virtual_mailbox_domains = x.test, acme.test
virtual_mailbox_maps = texthash:${config}/mailboxes
virtual_mailbox_base = ${join(folder, "mail")}
virtual_uid_maps = static:${nobody}
virtual_gid_maps = static:${nobody}
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access texthash:${config}/access
smtpd_recipient_limit = 10
smtpd_tls_security_level = may
smtpd_tls_key_file = ${config}/key.pem
smtpd_tls_cert_file = ${config}/cert.pem
message_size_limit = 20000
`;
}

function masterFor(port: number): string {
  const services = [
    [`127.0.0.1:${port}`, "inet", "n", "-", "n", "-", "-", "smtpd"],
    ["cleanup", "unix", "n", "-", "n", "-", "0", "cleanup"],
    ["qmgr", "unix", "n", "-", "n", "300", "1", "qmgr"],
    ["rewrite", "unix", "-", "-", "n", "-", "-", "trivial-rewrite"],
    ...["bounce", "defer", "trace"].map((name) => [name, "unix", "-", "-", "n", "-", "0", "bounce"]),
    ...["error", "retry"].map((name) => [name, "unix", "-", "-", "n", "-", "-", "error"]),
    ["virtual", "unix", "-", "n", "n", "-", "-", "virtual"],
    ["proxymap", "unix", "-", "-", "n", "-", "-", "proxymap"],
    ["tlsmgr", "unix", "-", "-", "n", "1000?", "1", "tlsmgr"],
    ["anvil", "unix", "-", "-", "n", "-", "1", "anvil"],
    ["postlog", "unix-dgram", "n", "-", "n", "-", "1", "postlogd"],
  ];
  return `${services.map((service) => service.join(" ")).join("\n")}\n`;
}

async function makeMailbox(folder: string): Promise<void> {
  for (const path of [folder, ...["cur", "new", "tmp"].map((name) => join(folder, name))]) {
    await mkdir(path);
    await chown(path, nobody, nobody);
  }
}

async function idsOf(user: string): Promise<[uid: number, gid: number]> {
  const entry = (await readFile("/etc/passwd", "utf8")).split("\n").find((line) => line.startsWith(`${user}:`));
  const [, , uid, gid] = entry?.split(":") ?? [];
  return [Number(uid), Number(gid)];
}

async function mailsIn(folder: string, count: number): Promise<Email[]> {
  const watcher = watch(folder);
  try {
    for (;;) {
      const changed = new Promise((resolve) => watcher.once("change", resolve));
      const names = await readdir(folder);
      if (names.length >= count)
        return await Promise.all(names.sort().map(async (name) => PostalMime.parse(await readFile(join(folder, name)))));
      await changed;
    }
  } finally {
    watcher.close();
  }
}

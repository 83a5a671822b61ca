import { type OpenOptions, openPlugin, startPlatform } from "hookline/testing";
import { client, emulatedGmail } from "./emulatedGmail.ts";
import { push } from "./signedPush.ts";

/** The plugin over a mailbox of its own, with inbound mail switched on. Declare it with `await using`. */
export async function openGmail(more: Record<string, unknown> = {}, options: Pick<OpenOptions, "clock"> = {}) {
  const mailbox = await emulatedGmail();
  const platform = await startPlatform(mailbox);
  const config = (url: string) => ({
    ...client,
    refresh_token: mailbox.refreshToken,
    topic: "projects/acme/topics/gmail",
    ...push,
    api_url: url,
    token_url: `${url}/oauth2/token`,
    certs_url: `${url}/certs`,
    ...more,
  });
  const open = await openPlugin(`${import.meta.dirname}/..`, { config, platform, ...options });
  const close = async () => {
    await open.close();
    await platform.close();
  };
  const paths = () => platform.requests.map(({ method, path }) => `${method} ${path}`);
  return Object.assign(Object.create(open) as typeof open, { mailbox, paths, [Symbol.asyncDispose]: close });
}

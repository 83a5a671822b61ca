import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Context, definePlugin, HooklineError, type PluginDefinition } from "hookline";
import { openPlugin, type PluginSource, type PluginTests, startPlatform, testPlugin } from "hookline/testing";
import { expect, onTestFinished, test } from "vitest";

interface Settings {
  url: string;
  api_token: string;
}

type Setup = PluginDefinition<Settings>["setup"];

const api_token = "tok-0123456789";

test("a plugin that does its job passes every test of the suite, on any runner that has test", async () => {
  const results = await run(pager(good));

  expect(failed(results)).toEqual({});
  expect(Object.keys(results).length).toBeGreaterThan(15);
});

/** A defect, and the test of the suite that has to find it. */
const defects: [defect: string, setup: Setup, found: RegExp][] = [
  [
    "retries by itself",
    ({ config, http }) => ({
      async send_message(_, { signal }) {
        const post = () => http.post(`${config.url}/m`, { json: {}, headers: auth(config), signal });
        return { message_id: (await post().catch(post)).json.id };
      },
    }),
    /a 403 is permission, after one request/,
  ],
  [
    "believes a 200 with garbage",
    ({ config, http }) => ({
      async send_message(_, { signal }) {
        await http.post(`${config.url}/m`, { json: {}, headers: auth(config), signal });
        return { message_id: "guessed" };
      },
    }),
    /a 200 with garbage is unavailable/,
  ],
  [
    "swallows what the platform says",
    ({ config, http }) => ({
      async send_message(_, { signal }) {
        const answer = await http.post(`${config.url}/m`, { json: {}, headers: auth(config), signal, any_status: true });
        return { message_id: String(answer.status) };
      },
    }),
    /a 401 is auth/,
  ],
  [
    "says the wrong thing of a 429",
    ({ config, http }) => ({
      async send_message(_, { signal }) {
        const answer = await http.post(`${config.url}/m`, { json: {}, headers: auth(config), signal, any_status: true });
        if (answer.status === 429) throw new HooklineError("rate_limited", { reason: "slower", retry_after_ms: 7 });
        if (answer.status > 299) throw new HooklineError("unavailable", { reason: "down" });
        return { message_id: answer.json.id };
      },
    }),
    /a 429 with seconds is rate_limited/,
  ],
  [
    "does not pass the signal on",
    ({ config, http }) => ({
      async send_message() {
        return { message_id: (await http.post(`${config.url}/m`, { json: {}, headers: auth(config) })).json.id };
      },
    }),
    /a caller who gives up ends the request/,
  ],
  [
    "leaves a timer behind",
    (context) => {
      const timer = setInterval(() => undefined, 60_000);
      onTestFinished(() => clearInterval(timer));
      return good(context);
    },
    /leaves no timer/,
  ],
  [
    "leaves a listener behind",
    (context) => {
      const listener = () => undefined;
      // More than ten make Node print a warning.
      if (process.listenerCount("warning") < 9) process.on("warning", listener);
      onTestFinished(() => void process.off("warning", listener));
      return good(context);
    },
    /leaves no timer, listener/,
  ],
  [
    "asks its platform while it starts",
    async (context) => {
      await context.http.get(`${context.config.url}/me`);
      return good(context);
    },
    /with its platform down the plugin starts/,
  ],
  [
    "has a hook that its manifest does not name",
    (context) => ({ ...good(context), delete_message: () => ({ message_id: "1" }) }),
    /its capabilities are the hooks/,
  ],
];

test.each(defects)("a plugin that %s is found out", async (_, setup, found) => {
  const results = await run(pager(setup));

  expect(Object.keys(failed(results)).filter((name) => found.test(name))).not.toEqual([]);
});

test("a webhook that is taken unsigned is found out, and one that is verified passes", async () => {
  const webhook = () => ({ method: "POST", headers: { "x-secret": api_token }, raw_body: "{}" });
  const handled = (isOpen: boolean): Setup => {
    return (context) => ({
      ...good(context),
      handle_webhook: ({ headers, raw_body }) =>
        isOpen || (headers["x-secret"] === api_token && raw_body.length === 2)
          ? { events: [{ type: "other", id: "1" }] }
          : { response: { status: 401 } },
    });
  };
  const capabilities = ["send_message", "handle_webhook"];

  const open = failed(await run(pager(handled(true), capabilities), { webhook }));
  const verified = failed(await run(pager(handled(false), capabilities), { webhook }));
  const forgotten = failed(await run(pager(handled(false), capabilities)));

  expect(Object.keys(open)).toEqual([
    "handle_webhook: no headers is refused, and gives no event",
    "handle_webhook: changed body is refused, and gives no event",
    "handle_webhook: changed signature is refused, and gives no event",
    "handle_webhook: noise is refused without an error",
  ]);
  expect(verified).toEqual({});
  expect(Object.values(forgotten)).toEqual([expect.stringContaining('"webhook" must make a signed request')]);
});

test("the platform's own errors and its own rate limit are tests of the suite too", async () => {
  const errors = [
    { name: "STOP", hook: "send_message", answer: { status: 403, json: { code: 7 } }, code: "recipient_blocked" as const },
  ];
  const rateLimit = { answer: { status: 200, json: { slower: 3 } }, retry_after_ms: 3_000 };

  const results = failed(await run(pager(good), { errors, rateLimit }));

  expect(results).toEqual({
    "send_message: STOP is recipient_blocked": expect.stringContaining("permission instead of recipient_blocked"),
    "send_message: the platform's own rate limit is rate_limited, after one request": expect.stringContaining("plugin_error"),
  });
});

test("requests are compared with the vendor's document, and what is excepted is not", async () => {
  const folder = await emptyFolder();
  const document = join(folder, "api.json");
  const schema = { type: "object", required: ["to"], properties: { text: { type: "number" } } };
  const body = { content: { "application/json": { schema: { $ref: "#/components/schemas/Message" } } } };
  const paths = { "/{kind}": { post: { requestBody: body, parameters: [{ name: "q", in: "query", required: true }] } } };
  await writeFile(document, JSON.stringify({ openapi: "3.1.0", paths, components: { schemas: { Message: schema } } }));
  const exceptions = [{ where: "POST /{kind} text", reason: "the document is wrong there" }];

  const strict = failed(await run(pager(good), { api: { document, base: "/v1" } }, "/v1"));
  const excepted = failed(await run(pager(good), { api: { document, base: "/v1", exceptions } }, "/v1"));
  const absent = await run(pager(good), { api: { document: join(folder, "none.json") } });

  expect(Object.values(strict)).toEqual([expect.stringMatching(/q is missing.*must have required.*text must be number/s)]);
  expect(Object.values(excepted)).toEqual([expect.not.stringContaining("text must be number")]);
  expect(Object.values(absent)).toContain(
    `skipped: ${join(folder, "none.json")} is not here, so the requests of send_message are not compared with it`,
  );
});

test("the README and the package of a plugin's folder are compared with its manifest", async () => {
  const folder = await emptyFolder();
  const manifest =
    "plugin_id: pager\nchannel_type: pager\nentry_point: index.ts\nversion: 1.0.0\ndescription: Pages.\nlicense: MIT\n";
  const settings = "capabilities: [send_message]\nrequired_config: [url]\n";
  await writeFile(join(folder, "manifest.yml"), manifest + settings);
  const code =
    'import { definePlugin } from "hookline";\nexport default definePlugin({ setup: () => ({ send_message: () => ({ message_id: "1" }) }) });';
  await writeFile(join(folder, "index.ts"), code);
  await writeFile(join(folder, "package.json"), '{ "version": "1.0.1" }');
  await writeFile(join(folder, "README.md"), "Sends with `send_message`.");
  const tests = { config: { url: "http://127.0.0.1:9" }, calls: { send_message: { to: "ops", content: "Hi" } } };

  const first = failed(await suiteOf(folder, tests));
  await writeFile(join(folder, "README.md"), "Sends with `send_message` to `url`.");
  const second = failed(await suiteOf(folder, tests));

  expect(Object.values(first)).toEqual([expect.stringContaining("README.md does not name these")]);
  expect(Object.values(second)).toEqual([expect.stringContaining("package.json has another version")]);
});

test("a misspelt word of the suite is refused with those that there are", () => {
  const calls = { send_mesage: { to: "ops", content: "Hi" } };
  const errors = [{ name: "STOP", hook: "handle_webhook", answer: { status: 403 }, code: "recipient_blocked" }] as const;
  const expects = { "*": { "4001": "ok" }, handle_webhook: { "no header": "ok" } } as const;
  const register = () => testPlugin(pager(good), { test: () => undefined, calls, errors, expects });

  expect(register).toThrow(/calls names "send_mesage".*did you mean "send_message"/);
  expect(register).toThrow(/errors names "handle_webhook", which is none of send_message/);
  expect(register).toThrow(/expects\["\*"\] names "4001", which is none of 401, 403/);
  expect(register).toThrow(/expects\["handle_webhook"\] names "no header".*did you mean "no headers"/);
});

test("a call that never reaches the platform fails its tests, and none of them hangs", async () => {
  const silent: Setup = () => ({ send_message: () => Promise.reject(new HooklineError("auth", { reason: "no key" })) });

  const results = failed(await run(pager(silent)));

  expect(Object.keys(results)).toContain("send_message: a reload in the middle of a call loses nothing");
});

test("an openPlugin of a folder without a manifest names the files that it may be", async () => {
  const folder = await emptyFolder();

  await expect(openPlugin(folder)).rejects.toThrow(/has no manifest\.yml, manifest\.yaml, manifest\.json: name the folder/);
});

test("openPlugin says why a plugin did not start", async () => {
  const opening = openPlugin(pager(good), { config: { url: "http://127.0.0.1:9" } });

  const hooks: object = { send_mesage: () => ({ message_id: "1" }) };
  const misspelt = definePlugin({
    manifest: { plugin_id: "pager", channel_type: "pager" },
    setup: () => hooks,
  });

  await expect(opening).rejects.toThrow(/api_token is missing\. See docs\/errors\.md#settings_invalid$/);
  await expect(openPlugin(misspelt)).rejects.toThrow(/send_mesage.*send_message/);
  await expect(openPlugin(definePlugin({ setup: () => ({}) }))).rejects.toThrow(/has no manifest: pass the folder/);
});

test("a double that throws is seen as such, and one that is a server gets what is passed on", async () => {
  await using behind = await startPlatform(({ method, url, path, query, body }) => ({
    status: 201,
    headers: { "x-from": "behind" },
    json: { method, url, path, query, body },
  }));
  await using before = await startPlatform({ url: behind.url });
  await using broken = await startPlatform(() => {
    throw new Error("no such route");
  });

  const passed = await fetch(`${before.url}/a/b?c=1&c=d%20e`, { method: "POST", body: "ü" });
  const failing = await fetch(broken.url);

  expect([passed.status, passed.headers.get("x-from"), await passed.json()]).toEqual([
    201,
    "behind",
    { method: "POST", url: "/a/b?c=1&c=d%20e", path: "/a/b", query: { c: "d e" }, body: "ü" },
  ]);
  expect([failing.status, await failing.text()]).toEqual([500, "the double failed: Error: no such route"]);
});

function good({ config, http }: Pick<Context<Settings>, "config" | "http">) {
  return {
    async send_message({ to, content }: { to: { value: string }[]; content: { text?: string | undefined } }, { signal }: Signal) {
      const json = { recipient: to[0]?.value, text: content.text };
      const answer = await http.post(`${config.url}/m`, { json, headers: auth(config), signal });
      return { message_id: answer.json.id };
    },
  };
}

interface Signal {
  signal: AbortSignal;
}

function auth({ api_token }: Settings): Record<string, string> {
  return { authorization: `Bearer ${api_token}` };
}

function pager(setup: Setup, capabilities = ["send_message"]) {
  const manifest = { plugin_id: "pager", channel_type: "pager", version: "1.0.0", description: "Pages." };
  return definePlugin<Settings>({
    manifest: { ...manifest, capabilities, required_config: ["url", "api_token"] },
    setup,
  });
}

function run(plugin: PluginSource, more: Partial<PluginTests> = {}, base = "") {
  return suiteOf(plugin, {
    config: (url) => ({ url: url + base, api_token }),
    platform: () => () => ({ json: { id: "m1" } }),
    calls: { send_message: { to: "ops", content: "Hi" } },
    ...more,
  });
}

/** Runs the suite as a runner does: the name of each test → how it ended. */
async function suiteOf(plugin: PluginSource, tests: Omit<PluginTests, "test">): Promise<Record<string, string>> {
  const registered: Parameters<PluginTests["test"]>[] = [];
  testPlugin(plugin, { ...tests, test: (...one) => registered.push(one) });
  const results: Record<string, string> = {};
  for (const [name, body] of registered) {
    let skipped: string | undefined;
    const skip = (reason = "") => {
      skipped = `skipped: ${reason}`;
    };
    results[name] = await body({ skip }).then(
      () => skipped ?? "passed",
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  }
  return results;
}

function failed(results: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(results).filter(([, result]) => result !== "passed"));
}

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hookline-kit-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

import { existsSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { openPlugin } from "hookline/testing";
import { expect, test } from "vitest";
import { graphError, group, number, token, whatsapp } from "./test/double.ts";

const document = new URL("../../../shared/specs/whatsapp.cloud.openapi.json", import.meta.url);
const to = "+4915112345678";
const pdf = { filename: "offer.pdf", content_base64: Buffer.from("%PDF-1.7").toString("base64") };
const photo = { filename: "taj", content_type: "image/jpeg", content_base64: Buffer.from([0xff, 0xd8]).toString("base64") };

test.each([
  [
    "a text",
    { content: "Hello" },
    { type: "text", text: { body: "Hello", preview_url: false }, to, recipient_type: "individual" },
  ],
  ["a number as people write it", { to: "0049 (151) 1234-5678", content: "Hello" }, { to }],
  ["a number as WhatsApp writes it", { to: "4915112345678", content: "Hello" }, { to }],
  ["a group", { to: { kind: "group", value: group }, content: "Hello" }, { to: group, recipient_type: "group" }],
  ["a group as a plain text", { to: group, content: "Hello" }, { recipient_type: "group" }],
  ["a subject", { content: { subject: "Offer", text: "See below" } }, { text: { body: "*Offer*\n\nSee below" } }],
  ["markdown", { content: { markdown: "*Offer*" } }, { text: { body: "*Offer*" } }],
  ["an answer", { content: "Yes", thread: "wamid.1" }, { context: { message_id: "wamid.1" } }],
  [
    "a preview",
    { content: "https://example.com", provider_options: own({ preview_url: true }) },
    { text: { preview_url: true } },
  ],
  ["metadata", { content: "Hello", metadata: { order: 7 } }, { biz_opaque_callback_data: '{"order":7}' }],
  [
    "a template",
    { content: { template: { name: "order_ready", variables: { 2: "noon", 1: "Anna" } } } },
    {
      type: "template",
      template: {
        name: "order_ready",
        language: { policy: "deterministic", code: "en_US" },
        components: [
          {
            type: "body",
            parameters: [
              { type: "text", text: "Anna" },
              { type: "text", text: "noon" },
            ],
          },
        ],
      },
    },
  ],
  [
    "a template with names, in German, with a button",
    {
      content: { template: { name: "order_ready", variables: { customer: "Anna" } } },
      provider_options: own({
        language: "de",
        components: [{ type: "button", sub_type: "url", index: "0", parameters: [{ type: "text", text: "7" }] }],
      }),
    },
    {
      template: {
        language: { code: "de" },
        components: [{ parameters: [{ parameter_name: "customer", type: "text", text: "Anna" }] }, { type: "button" }],
      },
    },
  ],
  [
    "a template with money",
    {
      content: {
        template: {
          name: "bill",
          variables: { 1: { type: "currency", currency: { fallback_value: "$7", code: "USD", amount_1000: 7000 } } },
        },
      },
    },
    { template: { components: [{ parameters: [{ type: "currency", currency: { code: "USD" } }] }] } },
  ],
  ["a template without variables", { content: { template: { name: "hello_world" } } }, { template: { name: "hello_world" } }],
  [
    "a template with a file",
    { content: { template: { name: "bill" } }, attachments: [pdf] },
    {
      template: {
        components: [
          { type: "header", parameters: [{ type: "document", document: { id: "4490709327384033", filename: "offer.pdf" } }] },
        ],
      },
    },
  ],
  [
    "a document",
    { content: "The offer", attachments: [pdf] },
    { type: "document", document: { id: "4490709327384033", filename: "offer.pdf", caption: "The offer" } },
  ],
  ["an image", { content: { text: "" }, attachments: [photo] }, { type: "image", image: { id: "4490709327384033" } }],
  [
    "a message of WhatsApp's own",
    {
      content: "Choose",
      provider_options: own({
        message: {
          type: "interactive",
          interactive: {
            type: "button",
            body: { text: "Choose" },
            action: { buttons: [{ type: "reply", reply: { id: "a", title: "A" } }] },
          },
        },
      }),
    },
    { type: "interactive", interactive: { type: "button" }, to },
  ],
])("%s is what Meta's own schema takes", async (_, request, expected) => {
  await using open = await opened();

  const { status, value } = await open.call("send_message", { to, ...request });

  const body = open.platform.requests.at(-1)?.json;
  expect(status).toBe("ok");
  expect(value).toMatchObject({ message_id: "whatsapp_business:wamid.1" });
  expect(body).toMatchObject({ messaging_product: "whatsapp", ...expected });
  expect(await problemsOf(body)).toEqual([]);
});

test.each([
  ["a mail address", { to: "anna@example.com" }, "invalid_recipient"],
  ["a recipient of the kind email", { to: { kind: "email", value: "anna@example.com" } }, "unsupported"],
  ["a number without its country code", { to: "0151 12345678" }, "invalid_recipient"],
  ["HTML alone", { content: { html: "<b>Hi</b>" } }, "unsupported"],
  ["two files", { attachments: [pdf, photo] }, "unsupported"],
  ["a file of an unknown kind", { attachments: [{ ...pdf, filename: "offer" }] }, "unsupported"],
  [
    "a file whose ending means something else in JavaScript",
    { attachments: [{ ...pdf, filename: "a.constructor" }] },
    "unsupported",
  ],
  ["a text with an audio file", { attachments: [{ ...pdf, filename: "a.mp3" }] }, "unsupported"],
  ["a long text", { content: "x".repeat(4_097) }, "payload_too_large"],
  ["a long text with a file", { content: "x".repeat(1_025), attachments: [pdf] }, "payload_too_large"],
  [
    "a large image",
    { attachments: [{ ...photo, content_base64: Buffer.alloc(5 * 1024 * 1024 + 1).toString("base64") }] },
    "payload_too_large",
  ],
  ["a variable that is none", { content: { template: { name: "bill", variables: { 1: [] } } } }, "invalid_request"],
])("%s is refused before anything is sent", async (_, request, code) => {
  await using open = await opened();
  const before = open.platform.requests.length;

  const { error } = await open.call("send_message", { to, content: "Hello", ...request });

  expect(error).toMatchObject({ code, dispatched: "no" });
  expect(open.platform.requests.length).toBe(before);
});

test("an option that there is not is refused by the host", async () => {
  await using open = await opened();

  const refused = open.call("send_message", { to, content: "Hello", provider_options: own({ langauge: "de" }) });

  await expect(refused).rejects.toThrow(/provider_options\.whatsapp_business/);
});

test("a file travels as what it is, with its name", async () => {
  await using open = await opened();

  await open.call("send_message", { to, content: "The offer", attachments: [pdf] });

  const [upload, message] = open.platform.requests.slice(-2);
  expect(upload?.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=/);
  expect(upload?.body).toMatch(/name="file"; filename="offer\.pdf"\r\nContent-Type: application\/pdf\r\n\r\n%PDF-1\.7\r\n/);
  expect(message?.path).toBe(`/v23.0/${number}/messages`);
});

test("a file that hangs in its upload has reached nobody", async () => {
  await using open = await opened();
  open.platform.failNext("reset");

  const { error } = await open.call("send_message", { to, content: "The offer", attachments: [pdf] });

  expect(error).toMatchObject({ code: "unavailable", dispatched: "no" });
  expect(open.platform.requests.filter(({ path }) => path.endsWith("/messages"))).toEqual([]);
});

test("of several recipients each gets a message of their own, and the one who cannot is a failed item", async () => {
  await using open = await opened();
  open.platform.failNext(graphError(400, 131026), { after: 1 });

  const { status, items } = await open.call("send_message", { to: [to, "+33612345678", "+33612345679"], content: "Hello" });

  expect(status).toBe("partial");
  expect(items?.map(({ status: each, error }) => error?.code ?? each)).toEqual(["sent", "invalid_recipient", "sent"]);
});

test("a message that Meta holds back for a check of its quality is pending", async () => {
  await using open = await opened();
  open.platform.failNext({ json: { messages: [{ id: "wamid.9", message_status: "held_for_quality_assessment" }] } });

  const { items } = await open.call("send_message", { to, content: "Hello" });

  expect(items).toMatchObject([{ status: "pending" }]);
});

function opened() {
  const config = (api_url: string) => ({ api_token: token, phone_number_id: number, api_url });
  return openPlugin(import.meta.dirname, { platform: whatsapp(), config });
}

function own(options: object) {
  return { whatsapp_business: options };
}

/**
 * Against Meta's schema of a message, mended: `additionalProperties: false` beside `allOf` refuses what its own parts demand, and the
 * pattern of a button's index refuses the index of Meta's own example.
 */
async function problemsOf(body: unknown): Promise<unknown[]> {
  if (!existsSync(document)) return [];
  const mended = readFileSync(document, "utf8")
    .replaceAll(/"additionalProperties": ?false/g, '"additionalProperties": true')
    .replaceAll("^[2-6, 11-14]$", "^[0-9]$");
  const api = JSON.parse(mended);
  const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false }).addSchema(api, "api");
  const { type } = body as { type: string };
  const name = api.components.schemas.Message.discriminator.mapping[type].split("/").at(-1);
  const validate = ajv.compile({ $ref: `api#/components/schemas/${name}` });
  return validate(body) ? [] : (validate.errors ?? []);
}

import type { PlatformHandler } from "hookline/testing";

/** The account that the double knows. */
export const account = { api_key: "abcd1234", api_secret: "secret-of-tests-0123", from: "AcmeInc" };

/** Vonage as far as this plugin asks it: the balance, the SMS API, which counts parts, and the Messages API. */
export function vonageDouble(): PlatformHandler {
  let sent = 0;
  const basic = `Basic ${btoa(`${account.api_key}:${account.api_secret}`)}`;
  return (request) => {
    const { method, path, headers } = request;
    if (method === "GET" && path === "/account/get-balance") {
      if (headers.authorization !== basic) return { status: 401, json: { "error-code": "401" } };
      return { json: { value: 10.28, autoReload: false } };
    }
    if (method === "POST" && path === "/sms/json") {
      const { api_key, api_secret, to = "", text = "", type } = request.form;
      if (api_key !== account.api_key || api_secret !== account.api_secret)
        return smsAnswer([{ status: "4", "error-text": "Bad Credentials" }]);
      const [whole, part] = type === "unicode" ? [70, 67] : [160, 153];
      const count = text.length <= whole ? 1 : Math.ceil(text.length / part);
      return smsAnswer(
        Array.from({ length: count }, () => ({ to, status: "0", "message-id": `0A${String(++sent).padStart(14, "0")}` })),
      );
    }
    if (method === "POST" && path === "/v1/messages") {
      const isLoggedIn = headers.authorization === basic || headers.authorization?.startsWith("Bearer ");
      if (!isLoggedIn)
        return {
          status: 401,
          json: { type: "https://developer.nexmo.com/api-errors/#unathorized", title: "No.", detail: "", instance: "" },
        };
      return { status: 202, json: { message_uuid: `aaaaaaaa-bbbb-cccc-dddd-${String(++sent).padStart(12, "0")}` } };
    }
    return { status: 404, json: {} };
  };
}

/** An answer of the SMS API: always a 200, one entry for each part. */
export function smsAnswer(messages: object[]) {
  return { json: { "message-count": String(messages.length), messages } };
}

import type { PlatformAnswer, PlatformHandler, PlatformRequest } from "hookline/testing";

/** What the suites know of the double. */
export const number = "106540352242922";
export const group = "Y2FwaV9ncm91cDoxOTUwNTU1MDA3OToxMjAzNjMzOTQzMjAdOTY0MTUZD";
export const link = "https://chat.whatsapp.com/LINK_ID";
export const token = "EAAtoken-0123456789";

/** An error as the Graph API answers it. */
export function graphError(status: number, code: number, more: object = {}, headers?: Record<string, string>): PlatformAnswer {
  const error = { message: `(#${code}) Something`, type: "OAuthException", code, fbtrace_id: "AXsgnV2Cm3ZMGF3dF_cfYIn", ...more };
  return { status, json: { error }, ...(headers && { headers }) };
}

/**
 * Meta's Cloud API as far as the plugin goes: one number, one group of two, and what is changed stays so. `refusals` says what a message
 * to a number is answered instead.
 */
export function whatsapp(refusals: Readonly<Record<string, PlatformAnswer>> = {}): PlatformHandler {
  let info = { subject: "Watch Enthusiasts", description: "All about watches" };
  let participants = ["16505551234", "4915112345678"];
  let isDeleted = false;
  let sent = 0;

  const routes: Record<string, (request: PlatformRequest) => PlatformAnswer> = {
    [`GET /${number}`]: () => json({ id: number, display_phone_number: "+1 555-555-5555", quality_rating: "GREEN" }),
    [`POST /${number}/media`]: ({ body }) =>
      body.includes('name="file"') && body.includes('name="messaging_product"')
        ? json({ id: "4490709327384033" })
        : graphError(400, 100),
    [`POST /${number}/messages`]: ({ json: { to } }) =>
      refusals[to] ??
      json({
        messaging_product: "whatsapp",
        contacts: [{ input: to, wa_id: String(to).slice(1) }],
        messages: [{ id: `wamid.${++sent}` }],
      }),
    [`POST /${number}/groups`]: () => json({ messaging_product: "whatsapp", request_id: "106540352242923" }),
    [`GET /${number}/groups`]: ({ query }) => {
      const groups = query.after === undefined ? [{ id: group, subject: info.subject, created_at: "1755548877" }] : [];
      return json({ data: { groups }, paging: { cursors: { before: "b", after: "a" } } });
    },
    [`GET /${group}`]: () =>
      json({
        id: group,
        ...info,
        participants: participants.map((wa_id) => ({ wa_id })),
        total_participant_count: participants.length,
      }),
    [`POST /${group}`]: ({ json: { messaging_product: _, ...changes } }) => {
      info = { ...info, ...changes };
      return json({ messaging_product: "whatsapp", request_id: "106540352242924" });
    },
    [`DELETE /${group}`]: () => {
      isDeleted = true;
      return json({ success: true });
    },
    [`GET /${group}/invite_link`]: () => json({ messaging_product: "whatsapp", invite_link: link }),
    [`DELETE /${group}/participants`]: ({ json: { participants: gone } }) => {
      const users = gone.map(({ user }: { user: string }) => user.replace("+", ""));
      participants = participants.filter((wa_id) => !users.includes(wa_id));
      return json({ messaging_product: "whatsapp", request_id: "106540352242925" });
    },
  };

  return (request) => {
    if (request.headers.authorization !== `Bearer ${token}`)
      return graphError(401, 190, { message: "Invalid OAuth access token" });
    const path = request.path.replace(/^\/v23\.0/, "");
    const route = isDeleted && path.startsWith(`/${group}`) ? undefined : routes[`${request.method} ${path}`];
    return route?.(request) ?? graphError(400, 100, { error_subcode: 33, message: "Unsupported request. Object does not exist" });
  };
}

function json(value: unknown): PlatformAnswer {
  return { json: value };
}

import type { PlatformAnswer, PlatformHandler, PlatformRequest } from "hookline/testing";

/** What the suites know of the double. */
export const team = "57fb72d0-d811-46f4-8947-305e6072eaa5";
export const privateChannel = "19:33b76eea88574bd1969dca37e2b7a819@thread.skype";
export const standardChannel = "19:4b6bed8d24574f6a9e436813cb2617d8@thread.tacv2";
export const anna = { id: "8b081ef6-4792-4def-b2c9-c363a1bf41d5", email: "anna@contoso.com" };
export const ben = { id: "62855810-484b-4823-9e01-60667f8b12ae", email: "ben@contoso.com" };
export const carla = { id: "7640023f-fe43-573f-9ff4-84a9efe4acd6", email: "carla@contoso.com" };
/** Whom Graph does not find: the user is disabled. */
export const disabled = "dora@contoso.com";

/** A message of Graph's that refuses something. */
export function graphError(status: number, code: string, message: string, headers?: Record<string, string>): PlatformAnswer {
  const innerError = { message, code, "request-id": "8f897345980-f6f3-49dd-83a8-a3064eeecdf8", date: "2026-11-21T10:00:00" };
  return { status, json: { error: { code, message, innerError } }, ...(headers && { headers }) };
}

interface DoubleChannel {
  id: string;
  displayName: string;
  description?: string;
  membershipType: string;
  isArchived?: boolean;
  webUrl: string;
  members: { id: string; userId: string; email: string; displayName: string; roles: string[] }[];
}

/** A workflow, Entra's tokens and one team of Graph. A token lasts as many seconds as `expires_in` says. */
export function teams({ expires_in = 3_599 }: { expires_in?: number } = {}): PlatformHandler {
  const users = [anna, ben, carla];
  const tokens = new Set<string>();
  const membership = ({ id, email }: typeof anna, roles: string[] = []) => ({
    id: `MCMj${id}==`,
    userId: id,
    email,
    displayName: email.split("@")[0] ?? "",
    roles,
  });
  const channels: DoubleChannel[] = [
    {
      id: standardChannel,
      displayName: "General",
      membershipType: "standard",
      webUrl: "https://teams.microsoft.com/l/general",
      members: [],
    },
    {
      id: privateChannel,
      displayName: "Cars",
      description: "All about cars",
      membershipType: "private",
      webUrl: "https://teams.microsoft.com/l/cars",
      members: [membership(anna, ["owner"]), membership(ben)],
    },
  ];

  function personIn({ "user@odata.bind": bind, roles, "@odata.type": type }: Record<string, unknown>) {
    const [, name] = /\/v1\.0\/users\('(.+)'\)$/.exec(String(bind)) ?? [];
    const user = users.find(({ id, email }) => id === name || email === name);
    if (!user || type !== "#microsoft.graph.aadUserConversationMember" || !Array.isArray(roles)) return undefined;
    return membership(user, roles);
  }

  function created({ displayName, description, membershipType, members = [] }: Record<string, unknown>): PlatformAnswer {
    if (channels.some((one) => one.displayName === displayName))
      return graphError(400, "NameAlreadyExists", "Channel name already existed, please use other name");
    const people = (members as Record<string, unknown>[]).map(personIn);
    if (membershipType !== "standard" && !people.some((one) => one?.roles.includes("owner")))
      return graphError(
        400,
        "BadRequest",
        "CreateChannel_Private: Cannot create private channel, no members specified when calling from an Application.",
      );
    if (membershipType === "shared") {
      const place = `/teams/${team}/operations/359d75f6-2bb8-4785-ab2d-377bf3d573fa`;
      return { status: 202, headers: { "content-location": place } };
    }
    const made = {
      id: `19:${channels.length}@thread.tacv2`,
      displayName: String(displayName),
      ...(typeof description === "string" && { description }),
      membershipType: String(membershipType),
      webUrl: `https://teams.microsoft.com/l/${channels.length}`,
      members: people.flatMap((one) => one ?? []),
    };
    channels.push(made);
    const { members: _, ...told } = made;
    return { status: 201, json: told };
  }

  function onChannel(one: DoubleChannel, rest: string, request: PlatformRequest): PlatformAnswer | undefined {
    const { method } = request;
    const { members, ...told } = one;
    if (method === "GET" && rest === "") return { json: told };
    if (method === "PATCH" && rest === "") {
      const { "@odata.type": _, ...changes } = request.json;
      Object.assign(one, changes);
      return { status: 204 };
    }
    if (method === "DELETE" && rest === "") {
      channels.splice(channels.indexOf(one), 1);
      return { status: 204 };
    }
    if (method === "POST" && rest === "/archive") return { status: 202, headers: { location: `/teams/${team}/operations/1` } };
    if (method === "GET" && rest === "/members") return { json: { "@odata.count": members.length, value: members } };
    if (method === "POST" && rest === "/members") {
      if (one.membershipType === "standard") return graphError(400, "BadRequest", "Operation not supported for this Channel");
      const person = personIn(request.json);
      if (!person) return graphError(404, "NotFound", "Not Found");
      members.push(person);
      return { status: 201, json: person };
    }
    const place = members.findIndex(({ id }) => rest === `/members/${encodeURIComponent(id)}`);
    if (method !== "DELETE" || place < 0) return undefined;
    members.splice(place, 1);
    return { status: 204 };
  }

  return (request) => {
    const { method, path, query, headers } = request;
    if (path.startsWith("/workflows/")) {
      if (query.sig !== "sig-0123456789") return { status: 401, json: { error: { code: "DirectApiAuthorizationRequired" } } };
      return { status: 202, headers: { "x-ms-workflow-run-id": "08584600000000000000000000000CU01" } };
    }
    if (path === "/contoso/oauth2/v2.0/token") {
      const { grant_type, client_id, client_secret, scope } = request.form;
      const isRight =
        grant_type === "client_credentials" && client_id === "app-1" && scope === "https://graph.microsoft.com/.default";
      const error_description = "AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 1";
      if (!isRight || client_secret !== "client-secret-0123")
        return { status: 401, json: { error: "invalid_client", error_description } };
      const access_token = `access-token-${tokens.size + 1}`;
      tokens.add(access_token);
      return { json: { token_type: "Bearer", expires_in, access_token } };
    }
    if (!tokens.has(headers.authorization?.replace("Bearer ", "") ?? ""))
      return graphError(401, "InvalidAuthenticationToken", "Access token is empty.");
    if (path === `/v1.0/teams/${team}/channels`) {
      if (method === "POST") return created(request.json);
      return { json: { value: channels.map(({ members: _, ...told }) => told) } };
    }
    const [, id = "", rest = ""] = new RegExp(`^/v1\\.0/teams/${team}/channels/([^/]+)(.*)$`).exec(path) ?? [];
    const one = channels.find((each) => each.id === decodeURIComponent(id));
    return (one && onChannel(one, rest, request)) ?? graphError(404, "NotFound", "No thread was found");
  };
}

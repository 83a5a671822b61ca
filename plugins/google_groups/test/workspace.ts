import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { z } from "hookline";
import type { PlatformAnswer, PlatformRequest } from "hookline/testing";

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** The service account of the tests. */
export const account = {
  client_email: "bot@acme.iam.gserviceaccount.com",
  private_key: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
};

const claims = z.object({
  iss: z.literal(account.client_email),
  sub: z.string(),
  aud: z.literal("https://oauth2.googleapis.com/token"),
  scope: z.string(),
  exp: z.number(),
  iat: z.number(),
});
const scopes: Readonly<Record<string, string>> = {
  "admin@acme.test": "https://www.googleapis.com/auth/admin.directory.group https://www.googleapis.com/auth/apps.groups.settings",
  "bot@acme.test": "https://www.googleapis.com/auth/gmail.send",
};

interface Group {
  id: string;
  email: string;
  name: string;
  description: string;
  settings: Record<string, string>;
  members: { id: string; email?: string; role: string; type: string }[];
}

/** A Workspace in memory: tokens for who signs rightly, the Directory, Groups Settings, and Gmail's send. */
export function createWorkspace() {
  const groups = new Map<string, Group>();
  const tokens = new Map<string, string>();
  const mails: { as: string; raw: string }[] = [];
  let count = 0;

  function answer(request: PlatformRequest): PlatformAnswer {
    if (request.path === "/token") return token(request.form);
    const user = tokens.get(request.headers.authorization?.replace("Bearer ", "") ?? "");
    if (user === undefined) return refused(401, "authError", "Invalid Credentials");
    const [, api, key = "", memberKey = ""] =
      /^\/(admin\/directory\/v1\/groups|groups\/v1\/groups|upload\/gmail)(?:\/([^/]+))?(?:\/members(?:\/(.+))?)?/.exec(
        decodeURIComponent(request.path),
      ) ?? [];
    if (api === "upload/gmail") return mail(user, request);
    if (user !== "admin@acme.test") return refused(403, "forbidden", "Not Authorized to access this resource/api");
    if (api === "groups/v1/groups") return settings(key, request);
    if (request.path.includes("/members")) return members(key, memberKey, request);
    return key === "" ? collection(request) : one(key, request);
  }

  /** As Google does: the signature by the account's key, and who, for whom, what for. */
  function token({ grant_type, assertion = "" }: Record<string, string>): PlatformAnswer {
    const [header = "", payload = "", signature = ""] = assertion.split(".");
    const isSigned = verify(
      "sha256",
      Buffer.from(`${header}.${payload}`),
      createPublicKey(account.private_key),
      Buffer.from(signature, "base64url"),
    );
    const claimed = claims.safeParse(JSON.parse(Buffer.from(payload, "base64url").toString() || "null"));
    if (!isSigned || !claimed.success || grant_type !== "urn:ietf:params:oauth:grant-type:jwt-bearer")
      return { status: 400, json: { error: "invalid_grant", error_description: "Invalid JWT Signature." } };
    const { sub, scope } = claimed.data;
    if (scopes[sub] !== scope)
      return {
        status: 401,
        json: {
          error: "unauthorized_client",
          error_description: "Client is unauthorized to retrieve access tokens using this method.",
        },
      };
    const access_token = `ya29.${++count}`;
    tokens.set(access_token, sub);
    return { json: { access_token, expires_in: 3599, token_type: "Bearer" } };
  }

  function collection(request: PlatformRequest): PlatformAnswer {
    const { method, query } = request;
    if (method === "GET") {
      if (query.domain !== "acme.test") return refused(404, "notFound", "Domain not found.");
      return page("groups", [...groups.values()].map(shown), query);
    }
    const {
      email,
      name,
      description = "",
    } = z.object({ email: z.email(), name: z.string(), description: z.string().optional() }).parse(request.json);
    if (groups.has(email)) return refused(409, "duplicate", "Entity already exists.");
    const group = {
      id: `01${++count}`,
      email,
      name,
      description,
      settings: { email, name, description, whoCanJoin: "CAN_REQUEST_TO_JOIN" },
      members: [],
    };
    groups.set(email, group);
    return { json: shown(group) };
  }

  function one(key: string, request: PlatformRequest): PlatformAnswer {
    const { method } = request;
    const group = find(key);
    if (!group) return refused(404, "notFound", "Resource Not Found: groupKey");
    if (method === "DELETE") groups.delete(group.email);
    if (method === "DELETE") return { status: 204 };
    if (method === "PATCH") Object.assign(group, request.json);
    return { json: shown(group) };
  }

  function settings(key: string, request: PlatformRequest): PlatformAnswer {
    const group = find(key);
    if (request.query.alt !== "json") return { body: "<entry/>", headers: { "content-type": "application/atom+xml" } };
    if (!group) return refused(404, "notFound", "Not Found");
    return { json: { kind: "groupsSettings#groups", ...Object.assign(group.settings, request.json) } };
  }

  function members(key: string, memberKey: string, request: PlatformRequest): PlatformAnswer {
    const { method, query } = request;
    const group = find(key);
    if (!group) return refused(404, "notFound", "Resource Not Found: groupKey");
    const isMember = (member: { id: string; email?: string }, name: string) => member.email === name || member.id === name;
    if (method === "GET") return page("members", group.members, query);
    if (method === "POST") {
      const { email, id, role } = z
        .object({ email: z.string().optional(), id: z.string().optional(), role: z.enum(["OWNER", "MANAGER", "MEMBER"]) })
        .parse(request.json);
      if (id !== undefined && !/^1\d{20}$/.test(id)) return refused(404, "notFound", "Resource Not Found: memberKey");
      if (group.members.some((member) => isMember(member, email ?? id ?? "")))
        return refused(409, "duplicate", "Member already exists.");
      const type = groups.has(email ?? "") ? "GROUP" : "USER";
      const member = { id: id ?? `1${String(++count).padStart(20, "0")}`, ...(email !== undefined && { email }), role, type };
      group.members.push(member);
      return { json: { kind: "admin#directory#member", ...member } };
    }
    const member = group.members.find((found) => isMember(found, memberKey));
    if (!member) return refused(404, "notFound", "Resource Not Found: memberKey");
    if (method === "PATCH") return { json: Object.assign(member, request.json) };
    group.members = group.members.filter((found) => found !== member);
    return { status: 204 };
  }

  function mail(as: string, { path, headers, body }: PlatformRequest): PlatformAnswer {
    if (path !== "/upload/gmail/v1/users/me/messages/send" || headers["content-type"] !== "message/rfc822")
      return refused(400, "badRequest", "Bad Request");
    mails.push({ as, raw: body });
    return { json: { id: `m-${mails.length}`, threadId: `m-${mails.length}`, labelIds: ["SENT"] } };
  }

  const find = (key: string) => groups.get(key) ?? [...groups.values()].find(({ id }) => id === key);

  return {
    answer,
    groups,
    mails,
    /** What is taken now is not taken any more. */
    revoke: () => tokens.clear(),
    add(email: string, members: Group["members"] = []) {
      groups.set(email, { id: `01${++count}`, email, name: "Team", description: "", settings: { email, name: "Team" }, members });
    },
  };
}

/** A refusal as Google words it. */
export function refused(status: number, reason: string, message: string) {
  return { status, json: { error: { code: status, message, errors: [{ domain: "global", reason, message }] } } };
}

function shown({ settings: _, members, ...group }: Group) {
  return { kind: "admin#directory#group", ...group, directMembersCount: String(members.length), adminCreated: true };
}

function page(
  name: string,
  all: readonly unknown[],
  { maxResults = "200", pageToken = "0" }: Record<string, string>,
): PlatformAnswer {
  const end = Number(pageToken) + Math.min(Number(maxResults), 200);
  // An empty list is left out, as Google does.
  const part = all.length === 0 ? {} : { [name]: all.slice(Number(pageToken), end) };
  return { json: { kind: `admin#directory#${name}`, ...part, ...(end < all.length && { nextPageToken: String(end) }) } };
}

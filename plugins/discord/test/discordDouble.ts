import type { PlatformAnswer, PlatformHandler, PlatformRequest } from "hookline/testing";
import { type DiscordState, freshState, ids, newRole } from "./discordState.ts";

/** A small Discord: one server with two text channels, a voice channel, a role and three people. */
export function discordDouble(): PlatformHandler & { state: DiscordState } {
  const nonces = new Map<string, string>();
  let last = 1_400_000_000_000_000_000n;
  const next = () => String(++last);
  const state = freshState();
  const { channels, roles, members, messages } = state;

  /** Too long is what Discord refuses itself. */
  const tooLong = ({ name = "", topic = "" }: { name?: string; topic?: string | null }): PlatformAnswer | undefined => {
    const flaws = {
      ...(name.length > 100 && { name: flaw("BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.") }),
      ...((topic ?? "").length > 1024 && { topic: flaw("BASE_TYPE_MAX_LENGTH", "Must be 1024 or fewer in length.") }),
    };
    return Object.keys(flaws).length > 0 ? refusal(400, 50035, "Invalid Form Body", flaws) : undefined;
  };

  const routes: [string, string, (request: PlatformRequest, ...ids: string[]) => PlatformAnswer][] = [
    ["GET", "/users/@me", () => ({ json: { id: ids.bot, username: "hookbot", bot: true } })],
    [
      "POST",
      "/users/@me/channels",
      ({ json }) => {
        const user = String(json.recipient_id);
        if (user !== ids.gone && !members.has(user)) return refusal(400, 50033, "Invalid Recipient(s)");
        const id = `15${user.slice(2)}`;
        channels.set(id, { id, type: 1, permission_overwrites: [] });
        return { json: { id, type: 1, recipients: [{ id: user, username: "someone" }] } };
      },
    ],
    [
      "GET",
      "/guilds/:id",
      (_, guild) => (guild === ids.guild ? { json: { id: guild, name: "Acme" } } : refusal(404, 10004, "Unknown Guild")),
    ],
    ["GET", "/guilds/:id/channels", () => ({ json: [...channels.values()].filter(({ guild_id }) => guild_id) })],
    [
      "POST",
      "/guilds/:id/channels",
      ({ json }) => {
        const refused = tooLong(json);
        if (refused) return refused;
        if (channels.size >= state.most.channels) return refusal(400, 30013, "Maximum number of guild channels reached (500)");
        const made = { permission_overwrites: [], ...json, id: next(), guild_id: ids.guild, name: channelName(json.name) };
        channels.set(made.id, made);
        return { status: 201, json: made };
      },
    ],
    ["GET", "/channels/:id", (_, id = "") => found(channels.get(id)) ?? noChannel],
    [
      "PATCH",
      "/channels/:id",
      ({ json }, id = "") => {
        const channel = channels.get(id);
        if (!channel) return noChannel;
        const refused = tooLong(json);
        if (refused) return refused;
        Object.assign(channel, json, json.name && { name: channelName(json.name) });
        return { json: channel };
      },
    ],
    [
      "DELETE",
      "/channels/:id",
      (_, id = "") => {
        const channel = channels.get(id);
        return channels.delete(id) ? { json: channel } : noChannel;
      },
    ],
    [
      "PUT",
      "/channels/:id/permissions/:id",
      ({ json }, id = "", who = "") => {
        const channel = channels.get(id);
        if (!channel) return noChannel;
        channel.permission_overwrites = [...channel.permission_overwrites.filter((one) => one.id !== who), { id: who, ...json }];
        return { status: 204 };
      },
    ],
    [
      "DELETE",
      "/channels/:id/permissions/:id",
      (_, id = "", who = "") => {
        const channel = channels.get(id);
        if (!channel) return noChannel;
        if (!channel.permission_overwrites.some((one) => one.id === who)) return refusal(404, 10009, "Unknown Overwrite");
        channel.permission_overwrites = channel.permission_overwrites.filter((one) => one.id !== who);
        return { status: 204 };
      },
    ],
    ["POST", "/channels/:id/messages", (request, id = "") => post(request, id)],
    [
      "PATCH",
      "/channels/:id/messages/:id",
      ({ json }, _, id = "") => {
        const message = messages.get(id);
        if (!message) return refusal(404, 10008, "Unknown Message");
        Object.assign(message.body, json);
        return { json: { id, channel_id: message.channel_id, ...message.body } };
      },
    ],
    [
      "DELETE",
      "/channels/:id/messages/:id",
      (_, __, id = "") => (messages.delete(id) ? { status: 204 } : refusal(404, 10008, "Unknown Message")),
    ],
    ["GET", "/guilds/:id/roles", () => ({ json: [...roles.values()] })],
    [
      "POST",
      "/guilds/:id/roles",
      ({ json }) => {
        if (roles.size >= state.most.roles) return refusal(400, 30005, "Maximum number of guild roles reached (250)");
        const made = { ...newRole(next(), "new role", "0"), ...json };
        roles.set(made.id, made);
        return { json: made };
      },
    ],
    ["GET", "/guilds/:id/roles/:id", (_, __, id = "") => found(roles.get(id)) ?? noRole],
    [
      "PATCH",
      "/guilds/:id/roles/:id",
      ({ json }, _, id = "") => {
        const role = roles.get(id);
        return role ? { json: Object.assign(role, json) } : noRole;
      },
    ],
    ["DELETE", "/guilds/:id/roles/:id", (_, __, id = "") => (roles.delete(id) ? { status: 204 } : noRole)],
    [
      "GET",
      "/guilds/:id/members",
      ({ query }) => {
        const after = BigInt(query.after ?? 0);
        const all = [...members.keys()].sort().filter((id) => BigInt(id) > after);
        return { json: all.slice(0, Number(query.limit ?? 1)).map(memberOf) };
      },
    ],
    ["GET", "/guilds/:id/members/:id", (_, __, id = "") => (members.has(id) ? { json: memberOf(id) } : noMember)],
    [
      "PUT",
      "/guilds/:id/members/:id/roles/:id",
      (_, __, user = "", role = "") => {
        if (!roles.has(role)) return noRole;
        return members.get(user)?.add(role) ? { status: 204 } : noMember;
      },
    ],
    [
      "DELETE",
      "/guilds/:id/members/:id/roles/:id",
      (_, __, user = "", role = "") => {
        if (!members.has(user)) return noMember;
        members.get(user)?.delete(role);
        return { status: 204 };
      },
    ],
  ];
  const compiled = routes.map(([method, path, answer]) => {
    return { method, answer, pattern: new RegExp(`^/api/v10${path.replaceAll(":id", "(\\d{17,20})")}$`) };
  });

  function memberOf(id: string) {
    return {
      user: { id, username: `user-${id.slice(-2)}` },
      roles: [...(members.get(id) ?? [])],
      joined_at: "2026-01-01T00:00:00Z",
    };
  }

  function post(request: PlatformRequest, id: string): PlatformAnswer {
    const channel = channels.get(id);
    if (!channel) return noChannel;
    const body = bodyOf(request);
    if (channel.type === 1 && id.endsWith(ids.shy.slice(2))) return refusal(403, 50007, "Cannot send messages to this user");
    if (channel.type === 1 && id.endsWith(ids.gone.slice(2)))
      return refusal(403, 50278, "Cannot send messages to this user due to having no mutual guilds");
    if ([...String(body.content ?? "")].length > 2000) {
      const content = flaw("BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.");
      return refusal(400, 50035, "Invalid Form Body", { content });
    }
    const isEmpty = !body.content && !body.embeds && !body.components && !body.poll && !body.sticker_ids;
    if (isEmpty && !request.headers["content-type"]?.startsWith("multipart/"))
      return refusal(400, 50006, "Cannot send an empty message");
    const answers = body.message_reference as { message_id: string } | undefined;
    if (answers && !messages.has(answers.message_id)) {
      return refusal(400, 50035, "Invalid Form Body", { message_reference: flaw("REPLIES_UNKNOWN_MESSAGE", "Unknown message") });
    }
    const before = body.enforce_nonce === true ? messages.get(nonces.get(String(body.nonce)) ?? "") : undefined;
    if (before) return { json: { ...before.body, id: before.id, channel_id: before.channel_id } };
    const message = { id: next(), channel_id: id, body };
    messages.set(message.id, message);
    nonces.set(String(body.nonce), message.id);
    return { json: { ...body, id: message.id, channel_id: id } };
  }

  const double: PlatformHandler = (request) => {
    if (request.headers.authorization !== `Bot ${state.token}`) return refusal(401, 0, "401: Unauthorized");
    for (const { method, pattern, answer } of compiled) {
      const match = method === request.method ? pattern.exec(request.path) : null;
      if (match) return answer(request, ...match.slice(1));
    }
    return refusal(404, 0, "404: Not Found");
  };
  return Object.assign(double, { state });
}

/** A refusal as Discord words it. */
export function refusal(status: number, code: number, message: string, errors?: object): PlatformAnswer {
  return { status, json: { message, code, ...(errors && { errors }) } };
}

function flaw(code: string, message: string) {
  return { _errors: [{ code, message }] };
}

const noChannel = refusal(404, 10003, "Unknown Channel");
const noRole = refusal(404, 10011, "Unknown Role");
const noMember = refusal(404, 10007, "Unknown Member");

function found(json: unknown): PlatformAnswer | undefined {
  return json === undefined ? undefined : { json };
}

/** Discord makes channel names of what it is given. */
function channelName(name: string): string {
  return name.toLowerCase().replaceAll(/\s+/g, "-");
}

/** The fields of a message, also of one that travels with files. */
export function bodyOf({ headers, body }: PlatformRequest): Record<string, unknown> {
  if (headers["content-type"]?.startsWith("application/json")) return JSON.parse(body);
  const [, fields = "{}"] = /name="payload_json"\r\n\r\n(.*?)\r\n--/s.exec(body) ?? [];
  return JSON.parse(fields);
}

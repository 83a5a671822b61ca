import { unescape as percentDecoded } from "node:querystring";
import { HooklineError } from "../errors.ts";
import type { HttpRequest } from "./http.ts";

/** A request as it goes on the wire. */
export interface WireRequest {
  method: string;
  origin: string;
  /** With the query. */
  path: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
  /** Method, host and path, for errors: a query and the user's part of a URL may hold secrets. */
  where: string;
}

/** What a URL says. */
interface Target {
  readonly url: string;
  readonly origin: string;
  readonly host: string;
  readonly pathname: string;
  readonly search: string;
  /** The header for the user in it. */
  readonly authorization: string | undefined;
}

/**
 * Makes what turns a plugin's requests into what goes on the wire. It throws `invalid_request` for what cannot be sent. The last URL
 * is remembered: most plugins post to the same one again and again.
 */
export function createWireRequests(userAgent: string): (method: string, url: string, request: HttpRequest) => WireRequest {
  let last: Target | undefined;

  return (method, given, request) => {
    // A plugin in JavaScript may give a URL object, which can change.
    const url = String(given);
    const target = last?.url === url ? last : targetOf(url, method);
    last = target;
    const where = `${method} ${target.host}${target.pathname}`;
    const { body, type } = contentOf(request, where);
    const headers: Record<string, string> = { "user-agent": userAgent, accept: "application/json, */*;q=0.8" };
    if (type !== undefined) headers["content-type"] = type;
    if (target.authorization !== undefined) headers.authorization = target.authorization;
    if (request.headers) {
      for (const [name, value] of Object.entries(request.headers)) headers[name.toLowerCase()] = value;
    }
    return { method, origin: target.origin, path: target.pathname + searchOf(target, request), headers, body, where };
  };
}

function targetOf(url: string, method: string): Target {
  const target = parsedUrl(url, method);
  const { origin, host, pathname, search, username, password } = target;
  return { url, origin, host, pathname, search, authorization: username || password ? basic(target) : undefined };
}

function parsedUrl(url: string, method: string): URL {
  const target = URL.parse(url);
  // What cannot be parsed is not shown either: nobody can say which part of it is a secret.
  if (target === null) refuse(`${method}: the URL is not a complete one; it must start with https:// or http:// and a host`);
  if (target.protocol !== "https:" && target.protocol !== "http:")
    refuse(`${method}: a URL of ${target.protocol} cannot be requested, only https: and http:`);
  return target;
}

function searchOf({ search }: Target, { query }: HttpRequest): string {
  // Appended as text: what the URL brought may be signed and must not be encoded anew.
  const more = query === undefined ? "" : formEncoded(query);
  if (more === "") return search;
  return search === "" ? `?${more}` : `${search}&${more}`;
}

function contentOf({ json, form, body }: HttpRequest, where: string): { body?: string | Uint8Array; type?: string } {
  const given = Number(json !== undefined) + Number(form !== undefined) + Number(body !== undefined);
  if (given > 1) refuse(`${where}: give one of json, form and body, not several`);
  if (form !== undefined) return { body: formEncoded(form), type: "application/x-www-form-urlencoded" };
  if (json === undefined) return { body };
  try {
    return { body: JSON.stringify(json), type: "application/json" };
  } catch (error) {
    return refuse(`${where}: the value of json cannot be written as JSON`, error);
  }
}

function formEncoded(fields: Record<string, string | number | boolean | undefined>): string {
  const encoded = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) encoded.append(name, String(value));
  }
  return encoded.toString();
}

function basic({ username, password }: URL): string {
  return `Basic ${Buffer.from(`${percentDecoded(username)}:${percentDecoded(password)}`).toString("base64")}`;
}

function refuse(reason: string, cause?: unknown): never {
  throw new HooklineError("invalid_request", { reason }, { cause });
}

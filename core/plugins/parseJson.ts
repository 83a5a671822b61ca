/** What a text or bytes say in JSON; undefined when they are none. For bodies of strangers, which a schema then checks. */
export function parseJson(body: unknown): unknown {
  const text = body instanceof Uint8Array ? Buffer.from(body).toString("utf8") : body;
  if (typeof text !== "string") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // Whether a stranger's body must be JSON is for the caller to say.
    return undefined;
  }
}

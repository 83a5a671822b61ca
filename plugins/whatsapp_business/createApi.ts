import { HooklineError, type Http, type HttpRequest, z } from "hookline";
import type { Settings } from "./index.ts";
import { inOurWords } from "./inOurWords.ts";

/** One request to the Graph API. Throws in our words, also when the answer is not what `schema` says. */
export type Api = <Schema extends z.ZodType>(
  schema: Schema,
  method: "GET" | "POST" | "DELETE",
  path: string,
  request?: Pick<HttpRequest, "json" | "query" | "signal"> & { form?: FormData },
) => Promise<z.output<Schema>>;

/** Makes the calls of one instance to the Graph API. */
export function createApi(http: Http, { api_url, api_version, api_token, phone_number_id }: Settings): Api {
  const authorization = `Bearer ${api_token}`;

  return async (schema, method, path, { form, ...request } = {}) => {
    try {
      const { headers, ...body } = form ? await encoded(form) : { headers: {} };
      const answer = await http.request(`${api_url}/${api_version}/${path}`, {
        ...request,
        ...body,
        method,
        headers: { ...headers, authorization },
      });
      const { data, error } = schema.safeParse(answer.json);
      if (error === undefined) return data;
      const reason = `WhatsApp answered ${answer.status} to ${method} ${path} with something else than its API describes (${z.prettifyError(error)})`;
      throw new HooklineError("unavailable", { reason, dispatched: "maybe", status: answer.status });
    } catch (error) {
      throw inOurWords(error, path.startsWith(phone_number_id));
    }
  };
}

/** A multipart body; the platform's own encoder chooses the boundary. */
async function encoded(form: FormData): Promise<{ body: Uint8Array; headers: Record<string, string> }> {
  const whole = new Response(form);
  const type = whole.headers.get("content-type") ?? "multipart/form-data";
  return { body: new Uint8Array(await whole.arrayBuffer()), headers: { "content-type": type } };
}

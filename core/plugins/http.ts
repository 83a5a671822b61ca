/** What one request to a platform is made of. */
export interface HttpRequest {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  headers?: Record<string, string>;
  query?: Record<string, string | number | boolean | undefined>;
  /** Sent as application/json. */
  json?: unknown;
  /** Sent as application/x-www-form-urlencoded. */
  form?: Record<string, string | number | boolean | undefined>;
  body?: string | Uint8Array;
  signal?: AbortSignal;
  /** In milliseconds; 30,000 unless given. */
  timeout_ms?: number;
  /** The largest answer taken, in bytes; 10 MiB unless given. */
  max_bytes?: number;
  /** True: answers of 400 and above are returned, for a platform whose bodies say more than the status. Default: they throw. */
  any_status?: boolean;
}

/** What came back. */
export interface HttpAnswer {
  status: number;
  /** Lower-case names; several of one name are joined with ", ". */
  headers: Record<string, string>;
  text: string;
  /** The body as JSON, parsed when it is read. Throws `unavailable` when it is none: a 200 with garbage is not a success. */
  // biome-ignore lint/suspicious/noExplicitAny: what a platform answers is unknown until the plugin picks from it; the answer's schema checks that.
  readonly json: any;
}

/** HTTP for plugins. Every method throws a HooklineError with the right code and facts for what went wrong, and never retries. */
export interface Http {
  request(url: string, request?: HttpRequest): Promise<HttpAnswer>;
  get(url: string, request?: HttpRequest): Promise<HttpAnswer>;
  post(url: string, request?: HttpRequest): Promise<HttpAnswer>;
  put(url: string, request?: HttpRequest): Promise<HttpAnswer>;
  patch(url: string, request?: HttpRequest): Promise<HttpAnswer>;
  delete(url: string, request?: HttpRequest): Promise<HttpAnswer>;
}

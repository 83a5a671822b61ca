import { type ErrorObject, loadAjv } from "../plugins/loadAjv.ts";
import type { PlatformRequest } from "./startPlatform.ts";

/** As much of an OpenAPI 3 or Swagger 2 document as a request can be checked against. */
export interface ApiDocument {
  openapi?: string;
  swagger?: string;
  basePath?: string;
  paths: Record<string, Record<string, ApiOperation>>;
  [more: string]: unknown;
}

interface ApiOperation {
  parameters?: (ApiParameter | { $ref: string })[];
  requestBody?: ApiBody | { $ref: string };
}

interface ApiParameter {
  name: string;
  in: string;
  required?: boolean;
  schema?: object;
}

interface ApiBody {
  required?: boolean;
  content?: Record<string, { schema?: object }>;
}

/** One sentence for each way in which a request differs from the document: `POST /path field …`. */
export type ApiCheck = (request: PlatformRequest) => Promise<string[]>;

/** Makes the check of a document. `base` is what stands before the document's paths in the double. */
export async function createApiCheck(document: ApiDocument, base = ""): Promise<ApiCheck> {
  const { Ajv } = await loadAjv(document.openapi?.startsWith("3.1") ? "2020-12" : "draft-07");
  const options = { strict: false, validateFormats: false, allErrors: true, logger: false } as const;
  const ajv = new Ajv(options).addSchema(document, "api");
  // What travels as a form is text; the document says numbers and lists all the same.
  const forms = new Ajv({ ...options, coerceTypes: "array" }).addSchema(document, "api");

  return async (request) => {
    const path = (request.path.startsWith(base) ? request.path.slice(base.length) : request.path) || "/";
    const found = operationFor(document, request.method, path);
    if (found === undefined) return [`${request.method} ${path} is not in the document`];
    const { template, operation } = found;
    const where = `${request.method} ${template}`;
    const parameters = [...own(document, template), ...(operation.parameters ?? [])].map(
      (parameter) => resolved(document, parameter) as ApiParameter,
    );
    const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
    const fields = formFields(request, isForm, parameters);
    const problems = [
      ...parameterProblems(parameters, "query", request.query, where),
      ...(document.swagger ? parameterProblems(parameters, "formData", fields, where) : []),
    ];
    if (document.swagger || !operation.requestBody) return problems;
    return [...problems, ...bodyProblems(operation.requestBody, request, where)];
  };

  function bodyProblems(declared: NonNullable<ApiOperation["requestBody"]>, request: PlatformRequest, where: string): string[] {
    const { content = {}, required } = resolved(document, declared) as ApiBody;
    if (request.body === "") return required ? [`${where} has no body`] : [];
    const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
    const wanted = content[type] ?? content["*/*"];
    if (!wanted) return [`${where} is sent as ${type || "nothing"}, and the document takes ${Object.keys(content).join(", ")}`];
    // Parts of a multipart body are files; which they are is the double's to check.
    if (type === "multipart/form-data" || !wanted.schema) return [];
    const isForm = type === "application/x-www-form-urlencoded";
    const validate = (isForm ? forms : ajv).compile(withRoot(wanted.schema));
    if (validate(isForm ? { ...request.form } : request.json)) return [];
    return (validate.errors ?? []).map((error: ErrorObject) => `${where} ${fieldOf(error)} ${error.message}`);
  }
}

function operationFor(document: ApiDocument, method: string, path: string) {
  const matches = Object.keys(document.paths)
    .filter((template) => pattern(template).test(path) && document.paths[template]?.[method.toLowerCase()])
    // The one with the fewest variables says most.
    .sort((a, b) => a.split("{").length - b.split("{").length);
  const template = matches[0];
  const operation = template === undefined ? undefined : document.paths[template]?.[method.toLowerCase()];
  return template === undefined || operation === undefined ? undefined : { template, operation };
}

function pattern(template: string): RegExp {
  const parts = template.split(/\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^/]+")}$`);
}

/** Parameters that all methods of a path share. */
function own(document: ApiDocument, template: string): NonNullable<ApiOperation["parameters"]> {
  const shared: unknown = document.paths[template]?.parameters;
  return Array.isArray(shared) ? shared : [];
}

function parameterProblems(
  parameters: readonly ApiParameter[],
  place: "query" | "formData",
  given: Readonly<Record<string, unknown>>,
  where: string,
): string[] {
  const declared = parameters.filter((parameter) => parameter.in === place || (place === "formData" && parameter.in === "query"));
  const missing = declared.filter(({ in: at, name, required }) => at === place && required && !(name in given));
  const unknown = Object.keys(given).filter((name) => !declared.some((parameter) => parameter.name === name));
  return [
    ...missing.map(({ name }) => `${where} ${name} is missing`),
    ...unknown.map((name) => `${where} ${name} is not in the document`),
  ];
}

/** A token may be declared as a field and travel as a header. */
function formFields(request: PlatformRequest, isForm: boolean, parameters: readonly ApiParameter[]): Record<string, unknown> {
  if (request.body === "") return {};
  const isJson = request.headers["content-type"]?.startsWith("application/json") ?? false;
  const fields: Record<string, unknown> = isForm ? { ...request.form } : isJson ? { ...request.json } : {};
  const isField = (parameter: ApiParameter) => parameter.name === "token" && parameter.in === "formData";
  if (request.headers.authorization && parameters.some(isField)) fields.token ??= "";
  return fields;
}

function resolved(document: ApiDocument, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("$ref" in value)) return value;
  const keys = String(value.$ref).replace(/^#\//, "").split("/");
  return keys.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null
        ? Reflect.get(inner, key.replaceAll("~1", "/").replaceAll("~0", "~"))
        : undefined,
    document,
  );
}

/** The same schema with its references pointing into the document. */
function withRoot(schema: object): object {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === "$ref" && typeof value === "string" && value.startsWith("#") ? `api${value}` : value,
  );
}

function fieldOf({ instancePath, params }: ErrorObject): string {
  const path = instancePath.slice(1).replaceAll("/", ".");
  const extra: unknown = params.additionalProperty;
  return typeof extra === "string" ? [path, extra].filter(Boolean).join(".") : path || "the body";
}

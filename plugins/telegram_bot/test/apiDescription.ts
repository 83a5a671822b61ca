import { existsSync, readFileSync } from "node:fs";

/** One field of a method or type. */
interface Field {
  name: string;
  types: string[];
  required: boolean;
}

/** The Bot API as its documentation has it: https://github.com/PaulSonOfLars/telegram-bot-api-spec. */
export interface ApiDescription {
  version: string;
  methods: Record<string, { returns: string[]; fields?: Field[] }>;
  types: Record<string, { fields?: Field[]; subtypes?: string[] }>;
}

/** The description, which lies beside the project; undefined where it does not. */
export function apiDescription(): ApiDescription | undefined {
  const file = new URL("../../../../shared/specs/telegram.bot-api.json", import.meta.url);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

/** What is wrong with a call: no such method, a field missing, unknown or of another type. One sentence each. */
export function problemsWithCall({ methods, types }: ApiDescription, method: string, given: Record<string, unknown>): string[] {
  const described = methods[method];
  if (!described) return [`there is no method ${method}`];
  const files = Object.entries(given).filter(([, value]) => value instanceof File);
  // A file that another field refers to stands beside the fields.
  const referred = files.map(([name]) => name).filter((name) => JSON.stringify(given.media ?? "").includes(`"attach://${name}"`));
  const fields = Object.fromEntries(Object.entries(given).filter(([name]) => !referred.includes(name)));
  return problemsWithFields(types, described.fields ?? [], fields, method);
}

/** What is wrong with the result of a call. */
export function problemsWithResult({ methods, types }: ApiDescription, method: string, result: unknown): string[] {
  const returns = methods[method]?.returns ?? [];
  return returns.some((type) => problemsWithValue(types, type, result, "").length === 0)
    ? []
    : returns.flatMap((type) => problemsWithValue(types, type, result, `the result of ${method}`));
}

type Types = ApiDescription["types"];

function problemsWithFields(
  types: Types,
  fields: readonly Field[],
  given: Readonly<Record<string, unknown>>,
  where: string,
): string[] {
  const unknown = Object.keys(given).filter((name) => !fields.some((field) => field.name === name));
  return [
    ...unknown.map((name) => `${where} has no field ${name}`),
    ...fields.flatMap(({ name, types: allowed, required }) => {
      const value = given[name];
      if (value === undefined) return required ? [`${where} needs ${name}`] : [];
      const tries = allowed.map((type) => problemsWithValue(types, type, value, `${where}.${name}`));
      return tries.some((problems) => problems.length === 0) ? [] : (tries[0] ?? []);
    }),
  ];
}

function problemsWithValue(types: Types, type: string, value: unknown, where: string): string[] {
  const [, inner] = /^Array of (.*)$/.exec(type) ?? [];
  if (inner !== undefined) {
    if (!Array.isArray(value)) return [`${where} must be a list`];
    return value.flatMap((one, index) => problemsWithValue(types, inner, one, `${where}.${index}`));
  }
  const isRight = simple[type];
  if (isRight) return isRight(value) ? [] : [`${where} must be ${type}`];
  const { fields = [], subtypes } = types[type] ?? {};
  if (subtypes) {
    const tries = subtypes.map((subtype) => problemsWithValue(types, subtype, value, where));
    return tries.some((problems) => problems.length === 0) ? [] : [`${where} must be ${type}`, ...tries.flat()];
  }
  if (typeof value !== "object" || value === null) return [`${where} must be ${type}`];
  return problemsWithFields(types, fields, { ...value }, where);
}

const simple: Record<string, (value: unknown) => boolean> = {
  Integer: Number.isSafeInteger,
  Float: (value) => typeof value === "number",
  String: (value) => typeof value === "string",
  Boolean: (value) => typeof value === "boolean",
  InputFile: (value) => value instanceof File,
};

import type { Ajv } from "ajv";
import type { Ajv2020 } from "ajv/dist/2020.js";

export type { ErrorObject, Options, ValidateFunction } from "ajv";

/** ajv, for one dialect of JSON Schema. */
export type AjvClass = typeof Ajv | typeof Ajv2020;

/** ajv, loaded when the first schema comes: most hosts start without one. */
export async function loadAjv(dialect: "2020-12" | "draft-07"): Promise<{ Ajv: AjvClass }> {
  return { Ajv: dialect === "2020-12" ? (await import("ajv/dist/2020.js")).Ajv2020 : (await import("ajv")).Ajv };
}

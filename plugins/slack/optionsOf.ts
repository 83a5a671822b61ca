import { HooklineError, type z } from "hookline";

/** The plugin's own part of `provider_options`, checked. Throws `invalid_request` that names the field. */
export function optionsOf<Shape extends z.ZodType>(
  all: Readonly<Record<string, Record<string, unknown>>> | undefined,
  shape: Shape,
): z.output<Shape> {
  const checked = shape.safeParse(all?.slack ?? {});
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const where = ["provider_options", "slack", ...(issue?.path ?? [])].join(".");
  throw new HooklineError("invalid_request", { reason: `${where}: ${issue?.message}` });
}

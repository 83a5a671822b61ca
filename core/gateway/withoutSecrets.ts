import { HooklineError } from "../errors.ts";
import type { Generation } from "../plugins/generation.ts";
import { createRedactor, type Redact, redactError } from "../plugins/redact.ts";
import { secretValues } from "../plugins/secretFields.ts";
import type { TableInstance } from "../table.ts";
import type { Sequence } from "./callInSequence.ts";
import { ownOptions } from "./providerOptions.ts";

/**
 * An error without the secrets of any of these generations: whoever threw it, a wrapper around it may have quoted another. What is no
 * HooklineError stays as it is.
 */
export function withoutSecrets(error: unknown, generations: readonly Generation[]): unknown {
  return HooklineError.is(error) ? redactError(error, redactAll(generations.map(({ redact }) => redact))) : error;
}

/**
 * Blanks what nobody may read of one attempt: the secrets of the instance, of all that wrap the hook or the one of its overflow,
 * and those of its options.
 */
export function attemptRedactor(
  { table, hook, spec, request }: Pick<Sequence, "table" | "hook" | "spec" | "request">,
  { generation, plugin_id }: TableInstance,
): Redact {
  const hooks = spec.overflow ? [hook, spec.overflow.hook] : [hook];
  const wrappers = hooks.flatMap((one) => table.users(one).filter(({ wraps }) => wraps.includes(one)));
  const options = ownOptions(request, plugin_id);
  const secrets = options === undefined ? [] : secretValues(generation?.build.found.manifest.options_schema, options);
  return redactAll(
    [...new Set([...(generation ? [generation] : []), ...wrappers])].map(({ redact }) => redact),
    secrets,
  );
}

function redactAll(all: readonly Redact[], more: readonly string[] = []): Redact {
  const redacts = more.length > 0 ? [...all, createRedactor(more)] : all;
  return (text) => redacts.reduce((clean, redact) => redact(clean), text);
}

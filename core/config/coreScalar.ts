/**
 * What an unquoted scalar means in YAML 1.2 (its core schema): null, a boolean, a number, or the text itself.
 * `yes`, `on` and `1_000` are text.
 */
export function coreScalar(text: string): string | number | boolean | null {
  if (!mayBeMore.test(text)) return text;
  if (/^(?:~|[Nn]ull|NULL)?$/.test(text)) return null;
  if (/^(?:[Tt]rue|TRUE)$/.test(text)) return true;
  if (/^(?:[Ff]alse|FALSE)$/.test(text)) return false;
  if (isNumber.test(text)) return Number(text);
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^\.(?:nan|NaN|NAN)$/.test(text)) return Number.NaN;
  return text;
}

/** The first character tells nearly always; most scalars of a configuration are plain words. */
const mayBeMore = /^(?:$|[-+.\d~nNtTfF])/;
const isNumber = /^(?:[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|0o[0-7]+|0x[\da-fA-F]+)$/;

/**
 * The milliseconds that a Retry-After header asks us to wait, seen from `now`: it holds seconds, or an HTTP date.
 * Undefined when there is none or it is neither.
 */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  const said = header?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(said)) return Math.min(Math.ceil(Number(said) * 1000), Number.MAX_SAFE_INTEGER);
  const date = httpDate(said);
  return date === undefined ? undefined : Math.max(0, date - now);
}

// Date.parse reads almost anything as some date, so it sees only the three forms of RFC 9110, 5.6.7. The last one names no zone.
function httpDate(said: string): number | undefined {
  const zoned = /^[A-Z][a-z]{2,8}, \d{2}[ -][A-Z][a-z]{2}[ -](\d{4}|\d{2}) \d{2}:\d{2}:\d{2} GMT$/.test(said);
  const unzoned = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/.test(said);
  if (!zoned && !unzoned) return undefined;
  const time = Date.parse(unzoned ? `${said} GMT` : said);
  return Number.isNaN(time) ? undefined : time;
}

import { isIPv4, isIPv6 } from "node:net";

/**
 * The formats that a settings schema may ask for, each with its check. A format that is not listed is taken as a note for people,
 * as JSON Schema says.
 */
export const settingsFormats: Readonly<Record<string, (text: string) => boolean>> = {
  uri: isUri,
  email: (text) =>
    text.length <= 254 && /^[^\s@"(),:;<>[\\\]]{1,64}@[^\s@]+$/.test(text) && isHostname(text.slice(text.lastIndexOf("@") + 1)),
  hostname: isHostname,
  ipv4: isIPv4,
  ipv6: isIPv6,
  date: isDate,
  "date-time": isDateTime,
  uuid: (text) => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text),
};

function isUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]+$/i.test(text) && URL.canParse(text);
}

function isHostname(text: string): boolean {
  return text.length <= 253 && text.split(".").every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
}

function isDate(text: string): boolean {
  // Date.parse takes the 31st of February for a day in March.
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);
}

function isDateTime(text: string): boolean {
  const [, date, hour, minute, second] =
    /^(.{10})[T ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i.exec(text) ?? [];
  return date !== undefined && isDate(date) && Number(hour) <= 23 && Number(minute) <= 59 && Number(second) <= 60;
}

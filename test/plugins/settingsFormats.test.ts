import { expect, test } from "vitest";
import { settingsFormats } from "../../core/plugins/settingsFormats.ts";

const right: Record<string, string[]> = {
  uri: ["https://example.org/a?b=c", "smtp://user@host:25", "mailto:ann@example.org", "urn:isbn:0451450523"],
  email: ["ann@example.org", "ann.o'brien+tag@mail.example.co.uk", "a@localhost"],
  hostname: ["localhost", "mail.example.org", "a-1.b", "127.0.0.1"],
  ipv4: ["127.0.0.1", "255.255.255.255"],
  ipv6: ["::1", "2001:db8::8a2e:370:7334"],
  date: ["2026-02-28", "2024-02-29"],
  "date-time": ["2026-02-28T23:59:59Z", "2026-02-28t00:00:00.123+02:00"],
  uuid: ["123e4567-e89b-12d3-a456-426614174000"],
};

const wrong: Record<string, string[]> = {
  uri: ["", "example.org", "/path", "http://", "https://exa mple.org", "://x"],
  email: ["", "ann", "ann@", "@example.org", "ann@exam ple.org", "ann@-bad-.org", "a b@example.org"],
  hostname: ["", "-a", "a-", "a..b", "exämple.org", `${"a".repeat(64)}.org`, "a_b"],
  ipv4: ["1.2.3", "256.1.1.1", "01.2.3.4"],
  ipv6: ["127.0.0.1", "::g"],
  date: ["2026-02-29", "2026-13-01", "28.02.2026", "2026-2-1"],
  "date-time": ["2026-02-28", "2026-02-28T24:00:00Z", "2026-02-31T00:00:00Z", "2026-02-28T10:00:00", "2026-02-28T10:61:00Z"],
  uuid: ["123e4567", "123e4567-e89b-12d3-a456-42661417400g"],
};

test.each(Object.keys(settingsFormats))("%s tells right from wrong", (format) => {
  const check = settingsFormats[format];

  expect(right[format]?.filter((text) => !check?.(text))).toEqual([]);
  expect(wrong[format]?.filter((text) => check?.(text))).toEqual([]);
});

import type { ChannelExplanation, Explanation } from "../gateway/explain.ts";
import type { Host } from "../hostTypes.ts";
import type { Printer } from "./printer.ts";

/** `hookline explain`: how a request would be routed now. Exits 1 when nobody would be asked. */
export async function explain(host: Host, printer: Printer, hook: string, request: unknown): Promise<number> {
  // What a person types is checked by the host itself.
  const explanation = (host.explain as (hook: string, request: unknown) => Explanation)(hook, request);
  if (printer.json) printer.line("", explanation);
  else for (const [channel, one] of Object.entries(explanation)) for (const line of linesOf(channel, one)) printer.line(line, {});
  return Object.values(explanation).some(({ instances, channels }) => instances.length > 0 || channels) ? 0 : 1;
}

function linesOf(channel: string, { route, instances, left_out, considered, channels }: ChannelExplanation): string[] {
  const arm = route.arm === undefined ? "" : `, arm ${route.arm}`;
  const bucket = route.bucket === undefined ? "" : `, bucket ${(route.bucket * 100).toFixed(2)} %`;
  const order = instances.map((id, index) => `  ${index + 1}. ${id}`);
  return [
    `channel ${channel}: route ${route.name}${arm}${bucket}`,
    ...(channels
      ? [`  goes to ${channels.names.join(", ")} (${channels.strategy})`]
      : order.length > 0
        ? order
        : ["  nobody would be asked"]),
    ...left_out.map(({ instance, reason }) => `  not ${instance}: ${reason}`),
    ...considered.map((rule) => `  rule ${rule.route}: ${rule.matched ? "" : "passed over, "}${rule.why}`),
  ];
}

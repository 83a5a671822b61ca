// A contract that has nothing to do with communication: a shop asks its plugins for prices. One hook of each mode, all typed.
// expect: price of tea: 5.00
// expect: discounts: 0.5 (loyalty), 1 (spring sale)
// expect: label: GREEN TEA (organic)
// expect: nobody failed
import { createHost, defineContract, definePlugin, HooklineError, z } from "hookline";

const pricing = defineContract({
  id: "pricing",
  version: "1.0.0",
  hooks: {
    // The first plugin that knows a price ends the call.
    price: { mode: "first", request: z.strictObject({ sku: z.string() }), answer: z.number().positive() },
    // All are asked, the answers are listed.
    discounts: {
      mode: "collect",
      request: z.strictObject({ sku: z.string(), customer: z.string() }),
      answer: z.object({ reason: z.string(), amount: z.number() }),
    },
    // Each gets what the one before it returned.
    label: { mode: "waterfall", request: z.strictObject({ sku: z.string(), text: z.string() }) },
    // All hear of it; an error of one stops nobody.
    sold: { mode: "event", request: z.strictObject({ sku: z.string(), total: z.number() }) },
  },
});
type Pricing = typeof pricing;

const catalogue = definePlugin<{ prices: Record<string, number> }, Pricing>({
  manifest: { plugin_id: "catalogue", channel_type: "shop", required_config: ["prices"] },
  setup: ({ config }) => ({
    price: ({ sku }) => config.prices[sku],
    label: (label) => ({ ...label, text: label.text.toUpperCase() }),
  }),
});

const loyalty = definePlugin<Record<string, unknown>, Pricing>({
  manifest: { plugin_id: "loyalty", channel_type: "shop" },
  setup: ({ state }) => ({
    discounts: ({ customer }) => (customer === "anna" ? { reason: "loyalty", amount: 0.5 } : undefined),
    sold: ({ total }) => {
      state.points = Number(state.points ?? 0) + total;
    },
  }),
});

const spring = definePlugin<Record<string, unknown>, Pricing>({
  manifest: { plugin_id: "spring", channel_type: "shop" },
  setup: () => ({
    discounts: async () => ({ reason: "spring sale", amount: 1 }),
    // After the catalogue has made it loud.
    label: { wrapper: false, after: ["catalogue"], handler: (label) => ({ ...label, text: `${label.text} (organic)` }) },
  }),
});

const host = await createHost({
  contracts: [pricing],
  plugins: [catalogue, loyalty, spring],
  config: {
    enabled_plugins: [
      { plugin_id: "catalogue", config: { prices: { tea: 5 } } },
      { plugin_id: "loyalty" },
      { plugin_id: "spring" },
    ],
  },
});

// number | undefined: no plugin may know it.
const price = await host.call("price", { sku: "tea" });
console.log(`price of tea: ${price?.toFixed(2)}`);

const discounts = await host.call("discounts", { sku: "tea", customer: "anna" });
console.log(`discounts: ${discounts.map(({ reason, amount }) => `${amount} (${reason})`).join(", ")}`);

const { text } = await host.hooks.label({ sku: "tea", text: "green tea" });
console.log(`label: ${text}`);

const total = (price ?? 0) - discounts.reduce((sum, { amount }) => sum + amount, 0);
const errors = await host.call("sold", { sku: "tea", total });
console.log(errors.length === 0 ? "nobody failed" : errors.map(({ message }) => message).join("\n"));

try {
  // The compiler refuses this, too.
  await host.call("price", { sku: 7 } as never);
} catch (error) {
  if (HooklineError.is(error)) console.log(error.message);
}
await host.close();

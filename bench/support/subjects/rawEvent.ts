import { watch } from "node:fs";
import { serve } from "./serve.ts";

// The limit: the first event of the operating system for a folder, as Node tells it. Nothing is read, nothing is loaded.
const [folder = "."] = process.argv.slice(2);
let events = 0;
let seen = { until: 0, events: 0 };
watch(folder, () => {
  events += 1;
});

serve((until) => {
  if (seen.until !== until) seen = { until, events };
  return events > seen.events ? until : 0;
});

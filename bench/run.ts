import { toMarkdown } from "./support/report.ts";
import { run } from "./reload.ts";
console.log(toMarkdown(await run({ rounds: Number(process.argv[2] ?? 2), saves: Number(process.argv[3] ?? 5) })));

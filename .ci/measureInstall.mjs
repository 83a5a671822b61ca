// Prints what `npm i hookline` brought into the working directory: packages and megabytes.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const files = readdirSync("node_modules", { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
const packages = files.filter(
  ({ parentPath, name }) => name === "package.json" && /node_modules\/(@[^/]+\/)?[^/@]+$/.test(parentPath),
);
console.log(`npm i hookline: ${packages.length} packages, ${(bytes / 1e6).toFixed(1)} MB`);

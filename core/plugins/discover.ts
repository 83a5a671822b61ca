import { homedir } from "node:os";
import { basename } from "node:path";
import { HooklineError } from "../errors.ts";
import { type Finding, findingsInFolder, mapLimited, singleFile } from "./folderOfPlugins.ts";
import type { DiscoveryProblem, FoundPlugin } from "./foundPlugin.ts";
import { locatePluginPath, type PluginPath } from "./pluginPath.ts";
import { inspectFolder, unreadable } from "./readPluginFolder.ts";

export { type FoundPlugin, foundFromObject } from "./foundPlugin.ts";
export { readPluginFolder } from "./readPluginFolder.ts";

/** All that the plugin paths hold now. */
export interface Discovery {
  /** One per id: the earlier path wins. */
  plugins: FoundPlugin[];
  problems: DiscoveryProblem[];
  warnings: string[];
  /** What has to be watched: absolute, links kept; some of it may not exist yet. */
  watched: string[];
  /** File → sha1 of every manifest that was read, the refused ones included. */
  manifests: ReadonlyMap<string, string>;
}

/**
 * Finds the plugins in the plugin paths and checks their manifests; none of their code runs. Never throws: what cannot be used is a
 * problem, and stops nothing else. Relative paths and npm packages are looked for from the folder `from`, the configuration's.
 */
export async function discoverPlugins(
  paths: readonly string[],
  options: { from?: string; home?: string } = {},
): Promise<Discovery> {
  const { from = process.cwd(), home = homedir() } = options;
  const places = await mapLimited(paths, (path) => locatePluginPath(path, { from, home }));
  const findings: Finding[] = [];
  for (const place of places) findings.push(...(await findingsIn(place)));
  return { ...earlierWins(findings), watched: [...new Set(places.flatMap(({ watched }) => watched))] };
}

async function findingsIn(place: PluginPath): Promise<Finding[]> {
  const { path, type, real } = place;
  if (type === "missing") return [{ path, warning: missingText(place) }];
  if (type === "unreadable" || real === undefined) return [{ path, error: unreadable(path, place.cause) }];
  if (type === "file") {
    const found = singleFile(basename(path), real);
    return [
      found
        ? { path, found }
        : { path, error: noPlugin(`${path} is no plugin: a plugin of one file is code named after its id, like hello.ts`) },
    ];
  }
  const own = await inspectFolder(real, { name: basename(path), boundary: real, kind: type });
  if (own.manifest_file !== undefined) return [{ path, ...own }];
  if (type === "package") return [{ path, error: noPlugin(`The npm package ${path} has no manifest.yml, so it is no plugin`) }];
  try {
    return await findingsInFolder(real);
  } catch (error) {
    return [{ path, error: unreadable(path, error) }];
  }
}

function earlierWins(findings: readonly Finding[]): Omit<Discovery, "watched"> {
  const plugins: FoundPlugin[] = [];
  const problems: DiscoveryProblem[] = [];
  const warnings: string[] = [];
  const manifests = new Map<string, string>();
  const first = new Map<string, Finding>();
  const seen = new Set<string>();
  for (const finding of findings) {
    const { path, found, error, warning, manifest_file, manifest_sha1 } = finding;
    // Two plugin paths may hold the same folder: a folder of plugins, and one of the plugins in it.
    const place = manifest_file ?? found?.entry ?? path;
    if (seen.has(place)) continue;
    seen.add(place);
    if (warning !== undefined) warnings.push(warning);
    if (manifest_file !== undefined && manifest_sha1 !== undefined) manifests.set(manifest_file, manifest_sha1);
    const plugin_id = found?.plugin_id ?? finding.plugin_id;
    const earlier = plugin_id === undefined ? undefined : first.get(plugin_id);
    // What is wrong with a second plugin of an id says nothing about the first.
    if (error) problems.push(plugin_id === undefined || earlier ? { path, error } : { path, plugin_id, error });
    if (plugin_id === undefined) continue;
    if (!earlier) {
      first.set(plugin_id, finding);
      if (found) plugins.push(found);
    } else if (found) {
      // A broken edit of the first must not bring another folder's code to life.
      const though = earlier.found ? "" : ", though it cannot be used as it is";
      warnings.push(
        `Two plugins are called "${plugin_id}": ${earlier.path} comes first and counts${though}; ${path} does not. Rename or remove one`,
      );
    }
  }
  for (const { plugin_id, warnings: own } of plugins) warnings.push(...own.map((text) => `${plugin_id}: ${text}`));
  return { plugins, problems, warnings, manifests };
}

function missingText({ path, watched }: PluginPath): string {
  const alsoPackage = watched.length > 1 ? ", and no npm package of that name" : "";
  return `There is no plugin path ${path}${alsoPackage}; it is used as soon as it appears`;
}

function noPlugin(reason: string): HooklineError {
  return new HooklineError("manifest_invalid", { reason });
}

import satisfies from "semver/functions/satisfies.js";
import valid from "semver/functions/valid.js";
import validRange from "semver/ranges/valid.js";

/** True for a semantic version as people write one: `1.0.0`, `2.1.0-beta.1`; not `v1.0.0`, not `1.0`. */
export function isVersion(version: string): boolean {
  return /^\d/.test(version) && valid(version) !== null;
}

/** True for a range of versions: `^1.0`, `>=1.2 <3`, `1.x`, `*`. An empty text is none. */
export function isRange(range: string): boolean {
  return range.trim() !== "" && validRange(range) !== null;
}

/**
 * True when `version` lies in `range`. Pre-releases count: `1.1.0-rc.1` is in `^1.0`, comes before `^1.1.0`, and `2.0.0-rc.1` is in
 * neither. False when one of the two is not what it should be.
 */
export function isInRange(version: string, range: string): boolean {
  return isVersion(version) && isRange(range) && satisfies(version, range, { includePrerelease: true });
}

import { type ReadTypeId, readTypeId, type TypeIdSegment } from "./readTypeId.ts";

/**
 * True when the pattern selects the candidate, an id or itself a pattern (then: everything that the candidate selects). An omitted
 * minor version selects any, `*` the rest, the id of a type everything below it. Throws `type_id_invalid` when one of the two is malformed.
 */
export function matchTypeId(pattern: string, candidate: string): boolean {
  return createTypeMatcher(pattern)(candidate);
}

/** The same as `matchTypeId` for one pattern and many candidates: the pattern is read once, and refused here if it is malformed. */
export function createTypeMatcher(pattern: string): (id: string) => boolean {
  const wanted = readTypeId(pattern, "pattern");
  return (id) => selects(wanted, readTypeId(id, "pattern"));
}

function selects(pattern: ReadTypeId, candidate: ReadTypeId): boolean {
  const depth = pattern.segments.length;
  for (const [index, wanted] of pattern.segments.entries()) {
    const given = candidate.segments[index];
    if (given === undefined || !segmentSelects(wanted, given)) return false;
  }
  if (pattern.open) return openSelects(pattern.open, candidate, depth);
  const endsHere = candidate.segments.length === depth && candidate.open === undefined;
  if (pattern.uuid !== undefined) return endsHere && candidate.uuid === pattern.uuid;
  return pattern.segments.at(-1)?.isType === true || (endsHere && candidate.uuid === undefined);
}

function segmentSelects(wanted: TypeIdSegment, given: TypeIdSegment): boolean {
  return (
    wanted.vendor === given.vendor &&
    wanted.package === given.package &&
    wanted.namespace === given.namespace &&
    wanted.type === given.type &&
    wanted.major === given.major &&
    (wanted.minor === undefined || wanted.minor === given.minor) &&
    wanted.isType === given.isType
  );
}

/** `*` alone also selects nothing at all (since draft 0.13); with a name before it, the segment must be there. */
function openSelects({ names, major }: NonNullable<ReadTypeId["open"]>, candidate: ReadTypeId, depth: number): boolean {
  if (names.length === 0) return true;
  const next = candidate.segments[depth];
  const given = next
    ? { names: [next.vendor, next.package, next.namespace, next.type], major: next.major }
    : (candidate.open ?? { names: [], major: undefined });
  return names.every((name, index) => given.names[index] === name) && (major === undefined || major === given.major);
}

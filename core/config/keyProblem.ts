/** Why a map cannot have a key of that name; undefined when it can. */
export function keyProblem(name: string, isTaken: boolean): string | undefined {
  if (isTaken) return `The key "${name}" stands here for the second time: keep one.`;
  if (name === "__proto__" || name === "constructor" || name === "prototype")
    return `"${name}" cannot be a key: choose another name.`;
  if (name === "<<")
    return 'The merge key "<<" belongs to YAML 1.1, and this is 1.2: write the keys out, or use an alias for a whole value.';
  return undefined;
}

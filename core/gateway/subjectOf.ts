/** Whom an entry of `to` or `members` is about: the value that the request names. */
export function subjectOf(one: unknown): string {
  if (typeof one !== "object" || one === null) return String(one);
  if ("who" in one) return subjectOf(one.who);
  return "value" in one ? String(one.value) : "";
}

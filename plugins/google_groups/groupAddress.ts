import { createHash } from "node:crypto";

// Of the part before the @. https://support.google.com/cloudidentity/answer/9193374
const mostCharacters = 64;

/**
 * The address of a new group. An `external_id` always gives the same one, and two of them never the same: where it has to be
 * written otherwise to be an address, a piece of its hash is added. A name without any Latin letter is its hash.
 */
export function groupAddress({ name, external_id }: { name: string; external_id?: string }, domain: string): string {
  const source = external_id ?? name;
  const plain = source
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^-|-$/g, "");
  const hash = createHash("sha256").update(source).digest("hex").slice(0, 10);
  const isReserved = plain === "abuse" || plain === "postmaster";
  const isKept = plain === source || (external_id === undefined && plain.length <= mostCharacters && plain !== "");
  if (isKept && !isReserved && plain.length <= mostCharacters) return `${plain}@${domain}`;
  return `${(plain || "group").slice(0, mostCharacters - 11)}-${hash}@${domain}`;
}

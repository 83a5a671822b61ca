import { randomBytes } from "node:crypto";

/**
 * Makes the ids of a host's calls: UUIDs of version 8, of which the first half is random for each host and the last twelve digits
 * count. A third of the price of a random one.
 */
export function createRequestIds(random = randomBytes(10).toString("hex")): () => string {
  const prefix = `${random.slice(0, 8)}-${random.slice(8, 12)}-8${random.slice(12, 15)}-8${random.slice(15, 18)}-`;
  let count = 0;
  return () => {
    count += 1;
    return prefix + count.toString(16).padStart(12, "0");
  };
}

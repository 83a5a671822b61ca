import { createHash } from "node:crypto";
import { parseTypeId } from "./parseTypeId.ts";

// UUID v5 of "gts" in the namespace for URLs (RFC 9562, appendix B).
const namespace = "63b06280-5dd6-517d-abc6-5a2127e843c3";

/** The UUID of a type id (version 5): the same id has the same UUID everywhere. Throws `type_id_invalid`. */
export function typeIdUuid(id: string): string {
  parseTypeId(id);
  return uuidV5(namespace, id);
}

/** The UUID of a name in a namespace (RFC 9562, version 5). */
export function uuidV5(namespace: string, name: string): string {
  const bytes = createHash("sha1")
    .update(Buffer.from(namespace.replaceAll("-", ""), "hex"))
    .update(name, "utf8")
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

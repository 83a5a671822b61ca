import { readTypeId, type TypeIdSegment } from "./readTypeId.ts";

export type { TypeIdSegment };

/** A type id taken apart. */
export interface TypeId {
  id: string;
  /** An anonymous instance has a UUID where another has a name. */
  kind: "type" | "instance" | "anonymous_instance";
  /** Of an instance: its type. Of a derived type: the type it derives from. A base type has none. */
  typeId?: string;
  uuid?: string;
  segments: TypeIdSegment[];
}

/**
 * Takes a type id apart (GTS, draft 0.14): `gts.acme.chat._.room.v1~` names a type, `gts.acme.chat._.room.v1~acme.chat._.lobby.v1`
 * an instance of it. Throws `type_id_invalid` with the place of the first flaw; a pattern is no id.
 */
export function parseTypeId(text: string): TypeId {
  const { segments, uuid } = readTypeId(text, "id");
  const isType = text.endsWith("~");
  const parentEnd = text.lastIndexOf("~", isType ? text.length - 2 : text.length) + 1;
  return {
    id: text,
    kind: isType ? "type" : uuid === undefined ? "instance" : "anonymous_instance",
    ...(parentEnd > 0 && { typeId: text.slice(0, parentEnd) }),
    ...(uuid !== undefined && { uuid }),
    segments,
  };
}

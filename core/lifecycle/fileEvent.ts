/** Something happened at a path. A `hint` says: look again; the content may have changed once more. */
export interface FileEvent {
  path: string;
  kind: "add" | "change" | "unlink" | "addDir" | "unlinkDir" | "hint";
}

import type { admin_directory_v1 } from "googleapis/build/src/apis/admin/directory_v1.js";
import type { z } from "hookline";
import { createNewGroups, type NewGroups } from "./newGroups.ts";
import type { Google } from "./openGoogle.ts";

/** The Directory, as the hooks of groups and members use it. */
export interface Directory {
  google: Google;
  api: admin_directory_v1.Admin;
  newGroups: NewGroups;
  /** Asks about one group. Of a new one, a 404 is worth another try. */
  ask<Shape extends z.ZodType>(group: string, shape: Shape, call: () => Promise<{ data: unknown }>): Promise<z.output<Shape>>;
}

/** Opens the Directory; `state` keeps what has to be known of new groups. */
export function openDirectory(google: Google, api: admin_directory_v1.Admin, state: Record<string, unknown>): Directory {
  const newGroups = createNewGroups(state);
  return {
    google,
    api,
    newGroups,
    async ask(group, shape, call) {
      try {
        return await google.ask(shape, call);
      } catch (error) {
        throw newGroups.ifNew(group, error);
      }
    },
  };
}

import type { groupssettings_v1 } from "googleapis/build/src/apis/groupssettings/v1.js";
import { type Group, type Implementations, z } from "hookline";
import { createGroup } from "./createGroup.ts";
import type { Directory } from "./directory.ts";
import type { Settings } from "./settings.ts";

/** What the hooks of groups work with. */
export interface GroupParts {
  config: Readonly<Settings>;
  directory: Directory;
  patchSettings(group: string, settings: Record<string, string>, signal: AbortSignal): Promise<GroupAnswer>;
}

/** A group, in the Directory or with its settings. */
export const groupAnswer = z.object({
  email: z.string().min(1),
  name: z.string().default(""),
  description: z.string().optional(),
});
type GroupAnswer = z.output<typeof groupAnswer>;

/** A page of groups. */
export const groupPage = z.object({
  kind: z.string(),
  groups: z.array(groupAnswer).default([]),
  nextPageToken: z.string().optional(),
});

/** Who may find, read and join a group. Public is public in the organization. */
export const byVisibility = {
  private: {
    whoCanJoin: "INVITED_CAN_JOIN",
    whoCanViewGroup: "ALL_MEMBERS_CAN_VIEW",
    whoCanViewMembership: "ALL_MEMBERS_CAN_VIEW",
    whoCanDiscoverGroup: "ALL_MEMBERS_CAN_DISCOVER",
  },
  public: {
    whoCanJoin: "ALL_IN_DOMAIN_CAN_JOIN",
    whoCanViewGroup: "ALL_IN_DOMAIN_CAN_VIEW",
    whoCanViewMembership: "ALL_IN_DOMAIN_CAN_VIEW",
    whoCanDiscoverGroup: "ALL_IN_DOMAIN_CAN_DISCOVER",
  },
} as const;

const mostOfAPage = 200;

/** The hooks of groups. The id of a group is its address. */
export function groupHooks(
  config: Readonly<Settings>,
  directory: Directory,
  settingsApi: groupssettings_v1.Groupssettings,
): Implementations {
  const { google, api } = directory;
  const read = (group: string, signal: AbortSignal) =>
    directory.ask(group, groupAnswer, () => api.groups.get({ groupKey: group }, { signal }));
  const patchSettings: GroupParts["patchSettings"] = (group, requestBody, signal) => {
    // This API answers in XML, errors too, unless it is told otherwise.
    const params = { groupUniqueId: group, alt: "json", requestBody };
    return directory.ask(group, groupAnswer, () => settingsApi.groups.patch(params, { signal }));
  };

  return {
    create_group: (request, { signal }) => createGroup({ config, directory, patchSettings }, request, signal),

    get_group: async ({ group }, { signal }) => asGroup(await read(group, signal)),

    async update_group({ group, name, description, visibility }, { signal }) {
      const isRenamed = name !== undefined || description !== undefined;
      const params = { groupKey: group, requestBody: { name, description } };
      const renamed = isRenamed && (await directory.ask(group, groupAnswer, () => api.groups.patch(params, { signal })));
      const shown = visibility && (await patchSettings(group, byVisibility[visibility], signal));
      return { ...asGroup(renamed || shown || (await read(group, signal))), visibility };
    },

    async delete_group({ group, mode }, { signal }) {
      if (mode === "archive") {
        // Google takes the first only together with the second.
        await patchSettings(group, { archiveOnly: "true", whoCanPostMessage: "NONE_CAN_POST" }, signal);
        return { id: group, archived: true };
      }
      await directory.ask(group, z.literal(""), () => api.groups.delete({ groupKey: group }, { signal }));
      return { id: group };
    },

    async list_groups({ cursor, limit }, { signal }) {
      const params = { domain: config.domain, maxResults: Math.min(limit, mostOfAPage), pageToken: cursor };
      const page = await google.ask(groupPage, () => api.groups.list(params, { signal }));
      return { groups: page.groups.map(asGroup), cursor: page.nextPageToken };
    },
  };
}

/** A group as a plugin answers it. */
export function asGroup({ email, name, description }: GroupAnswer): Group {
  const [local = "", domain = ""] = email.split("@");
  const url = `https://groups.google.com/a/${domain}/g/${encodeURIComponent(local)}`;
  return { id: email, name, ...(description && { description }), url };
}

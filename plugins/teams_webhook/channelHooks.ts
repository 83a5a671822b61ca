import {
  type CheckedRequestOf,
  type CommunicationContract,
  type Group,
  HooklineError,
  type Implementations,
  type Item,
  z,
} from "hookline";
import { readDescription, writeDescription } from "./channelDescription.ts";
import { type Credentials, expectJson, type Graph } from "./createGraph.ts";
import { type Channel, channelSchema, expectDone, pageOf, type Team } from "./createTeam.ts";
import { type AddMember, eachMember } from "./memberHooks.ts";
import { type Member, memberOf } from "./memberOf.ts";

type CreateGroup = CheckedRequestOf<CommunicationContract, "create_group">;

/** What `provider_options: { teams_webhook: … }` of a new channel may say. */
const providerOptions = z.strictObject({ membership_type: z.enum(["standard", "private", "shared"]).optional() });

const longestName = 50;
const odataType = { "@odata.type": "#microsoft.graph.channel" };

/** The channels of one team as groups. */
export function channelHooks(
  graph: Graph,
  team: Team,
  add: AddMember,
  { graph_url, owner }: Credentials,
): Pick<Implementations, "create_group" | "get_group" | "update_group" | "delete_group" | "list_groups"> {
  return {
    async create_group(request, { signal }) {
      const { name, description, external_id, members } = request;
      const membershipType = membershipTypeOf(request);
      expectName(name);
      const owners = ownersOf(members, membershipType, owner);
      const existing = external_id === undefined ? undefined : await channelWith(external_id, signal);
      if (existing) return alreadyThere(existing, request, signal);

      const written = writeDescription({ description, external_id });
      const json = {
        ...odataType,
        displayName: name,
        ...(written !== undefined && { description: written }),
        membershipType,
        ...(owners.length > 0 && { members: owners.map((one) => memberOf(one, graph_url).body) }),
      };
      const answer = await graph("POST", team.path, { json, signal });
      if (answer.status === 202) return pendingGroup(answer.headers, request, owners);
      const made = expectJson(channelSchema, answer);
      const items = await eachMember(
        members,
        async (member) => (isAmong(owners, member) ? "added" : add(made.id, member, [], signal)),
        true,
      );
      return withItems(groupOf({ ...made, membershipType, description: written }), items);
    },

    async get_group({ group }, { signal }) {
      return groupOf(await team.channel(group, signal));
    },

    async update_group({ group, name, description, visibility }, { signal }) {
      if (name !== undefined) expectName(name);
      const before = groupOf(await team.channel(group, signal));
      if (visibility !== undefined && visibility !== before.visibility) {
        throw new HooklineError("unsupported", { reason: "a channel stays standard or private for ever; make another one" });
      }
      if (name === undefined && description === undefined) return before;
      const written = writeDescription({ description, external_id: before.external_id });
      const changes = {
        ...(name !== undefined && { displayName: name }),
        ...(description !== undefined && { description: written }),
      };
      expectDone(await graph("PATCH", team.pathOf(group), { json: { ...odataType, ...changes }, signal }));
      return { ...before, ...(name !== undefined && { name }), ...(description !== undefined && { description }) };
    },

    async delete_group({ group, mode }, { signal }) {
      if (mode === "delete") {
        expectDone(await graph("DELETE", team.pathOf(group), { signal }));
        return { id: group };
      }
      expectDone(await graph("POST", `${team.pathOf(group)}/archive`, { signal }));
      return { id: group, archived: true };
    },

    async list_groups({ cursor, limit }, { signal }) {
      const { part, next } = pageOf(await team.channels(signal), cursor, limit);
      return { groups: part.map(groupOf), ...next };
    },
  };

  async function channelWith(external_id: string, signal: AbortSignal): Promise<Channel | undefined> {
    const all = await team.channels(signal);
    return all.find(({ description }) => readDescription(description).external_id === external_id);
  }

  async function alreadyThere(existing: Channel, { members, if_exists }: CreateGroup, signal: AbortSignal): Promise<Group> {
    if (if_exists === "fail")
      throw new HooklineError("conflict", { reason: `the channel "${existing.displayName}" has this external_id already` });
    const inside = members.length === 0 ? [] : await team.members(existing.id, signal);
    const items = await eachMember(members, (member) => add(existing.id, member, inside, signal));
    return withItems({ ...groupOf(existing), already: true }, items);
  }
}

function membershipTypeOf({ visibility, members, provider_options }: CreateGroup): "standard" | "private" | "shared" {
  const { data, error } = providerOptions.safeParse(provider_options?.teams_webhook ?? {});
  if (error) throw wrong(`provider_options.teams_webhook is wrong: ${z.prettifyError(error)}`);
  const type = data.membership_type ?? (visibility === "public" ? "standard" : "private");
  if (type !== "standard" || members.length === 0) return type;
  const reason = "the members of a standard channel are those of the team: leave members out, or make it private";
  throw new HooklineError("unsupported", { reason });
}

/** An app is nobody: Graph makes a private or shared channel only for an owner who is named with it. */
function ownersOf(members: readonly Member[], membershipType: string, owner: string | undefined): Member[] {
  if (membershipType === "standard") return [];
  const own: Member[] =
    owner === undefined ? [] : [{ who: { kind: "user", value: owner, name: undefined }, role: "owner", mode: "add" }];
  // Graph refuses a person who is named twice.
  const owners = [...own, ...members.filter((member) => member.role === "owner" && !isAmong(own, member))];
  if (owners.length === 0)
    throw wrong(`a ${membershipType} channel needs an owner: give a member the role owner, or the setting owner`);
  // A shared channel begins with one owner.
  return membershipType === "shared" ? owners.slice(0, 1) : owners;
}

function isAmong(people: readonly Member[], { who }: Member): boolean {
  return people.some((one) => one.who.value.toLowerCase() === who.value.toLowerCase());
}

/** A shared channel is made in the background; until then there is only an operation. */
function pendingGroup(
  headers: Readonly<Record<string, string>>,
  { name, members }: CreateGroup,
  owners: readonly Member[],
): Group {
  const place = headers["content-location"] ?? headers.location ?? "";
  const [, id] = /operations\b[('/]+([\w-]+)/.exec(place) ?? [];
  if (id === undefined) {
    const reason = "Microsoft Graph began to make the channel, and did not say by which operation";
    throw new HooklineError("unavailable", { reason, dispatched: "yes" });
  }
  const items = members.map(
    (member): Item => ({ subject: member.who.value, status: isAmong(owners, member) ? "added" : "pending" }),
  );
  return withItems({ id, name, visibility: "private", pending: true }, items);
}

function groupOf({ id, displayName, description, membershipType, isArchived, webUrl }: Channel): Group {
  return {
    id,
    name: displayName,
    ...readDescription(description),
    visibility: membershipType === "private" || membershipType === "shared" ? "private" : "public",
    ...(isArchived && { archived: true }),
    ...(webUrl && { url: webUrl }),
  };
}

function withItems(group: Group, items: Item[]): Group {
  return items.length === 0 ? group : { ...group, items };
}

function expectName(name: string): void {
  if (name.length > longestName)
    throw wrong(`a channel's name has ${longestName} characters at most, and this one has ${name.length}`);
}

function wrong(reason: string): HooklineError {
  return new HooklineError("invalid_request", { reason });
}

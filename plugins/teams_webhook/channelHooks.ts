import {
  type CheckedRequestOf,
  type CommunicationContract,
  eachMember,
  type Group,
  HooklineError,
  type HttpAnswer,
  type Implementations,
  type Item,
} from "hookline";
import { readDescription, writeDescription } from "./channelDescription.ts";
import { expectJson, type Graph } from "./createGraph.ts";
import { type Channel, channelSchema, expectDone, pageOf, type Team } from "./createTeam.ts";
import type { Settings } from "./index.ts";
import { type AddMember, type Member, memberBody } from "./memberHooks.ts";

type CreateGroup = CheckedRequestOf<CommunicationContract, "create_group">;

const longestName = 50;
const odataType = { "@odata.type": "#microsoft.graph.channel" };

/** The channels of one team as groups. */
export function channelHooks(
  graph: Graph,
  team: Team,
  add: AddMember,
  { graph_url, owner }: Settings,
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
        ...(owners.length > 0 && { members: owners.map((one) => memberBody(one, graph_url)) }),
      };
      const answer = await create(json, signal);
      if (answer.status === 202) return pendingGroup(answer.headers, request, owners);
      const made = expectJson(channelSchema, answer);
      const items = await eachMember(
        members,
        async (member) => (isAmong(owners, member) ? "added" : add(made.id, member, [], signal)),
        { hasActed: true },
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

  async function create(json: object, signal: AbortSignal): Promise<HttpAnswer> {
    try {
      return await graph("POST", team.path, { json, signal });
    } catch (error) {
      if (!HooklineError.is(error) || error.code !== "not_found" || !("members" in json)) throw error;
      // The team itself was read at the start.
      const reason = `Teams does not find an owner of the channel: no user of this directory, or disabled. ${error.details.reason}`;
      throw new HooklineError("invalid_recipient", { reason }, { cause: error });
    }
  }

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

function membershipTypeOf({ visibility, members, provider_options }: CreateGroup): string {
  const type = String(provider_options?.teams_webhook?.membership_type ?? (visibility === "public" ? "standard" : "private"));
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
  const error = { code: "unsupported", message: "a shared channel begins with one owner: call add_member when it is there" };
  const items = members.map((member): Item => {
    const subject = member.who.value;
    return isAmong(owners, member) ? { subject, status: "added" } : { subject, status: "failed", error };
  });
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

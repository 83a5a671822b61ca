import { type CheckedRequestOf, type CommunicationContract, eachMember, type Group, HooklineError, z } from "hookline";
import { addressOf } from "./addressOf.ts";
import { groupAddress } from "./groupAddress.ts";
import { asGroup, byVisibility, type GroupParts, groupAnswer } from "./groups.ts";
import { addMember } from "./members.ts";

type CreateGroup = CheckedRequestOf<CommunicationContract, "create_group">;

// What `options_schema` of the manifest has checked.
const ownOptions = z.object({ email: z.string().optional(), group_settings: z.record(z.string(), z.string()).default({}) });

/** Makes a group, gives it its settings, adds its members. One that was begun before is finished. */
export async function createGroup(parts: GroupParts, request: CreateGroup, signal: AbortSignal): Promise<Group> {
  const { config, directory, patchSettings } = parts;
  const { external_id, visibility, members, idempotency_key = "" } = request;
  const own = ownOptions.parse(request.provider_options?.google_groups ?? {});
  const email = own.email === undefined ? groupAddress(request, config.domain) : expectAddress(own.email);
  const begunBy = directory.begunBy(email);

  const created = await insert(parts, email, request, signal);
  // The same call again, after its answer was lost or a step failed, is no conflict.
  const isOurs = created !== undefined || begunBy === idempotency_key;
  try {
    const found =
      created ?? (await directory.ask(email, groupAnswer, () => directory.api.groups.get({ groupKey: email }, { signal })));
    if (!isOurs) refuseAnother(found, request, own.email !== undefined);
    if (created || begunBy !== undefined)
      await patchSettings(email, { ...byVisibility[visibility], ...config.group_settings, ...own.group_settings }, signal);
    directory.finish(email);
    // What fails is an item: the group is there.
    const add = (member: CreateGroup["members"][number]) => addMember(directory, email, member, signal);
    const items = members.length === 0 ? undefined : await eachMember(members, add, { hasActed: true });
    return { ...asGroup(found), external_id, ...(isOurs ? { visibility } : { already: true }), items };
  } catch (error) {
    if (!HooklineError.is(error)) throw error;
    // A person may have the address, or a group may that this administrator does not see.
    if (!created && error.code === "not_found")
      throw conflict(`the address ${email} is taken, and by no group of this domain`, error);
    // The group is there: another instance would make a second one.
    throw new HooklineError(error.code, { ...error.details, failover: false }, { cause: error });
  }
}

/** The new group; undefined when its address is taken. */
async function insert({ directory }: GroupParts, email: string, request: CreateGroup, signal: AbortSignal) {
  const { google, api } = directory;
  const { name, description, idempotency_key = "" } = request;
  const requestBody = { email, name, description };
  try {
    const created = await google.ask(groupAnswer, () => api.groups.insert({ requestBody }, { signal }));
    directory.begin(email, idempotency_key);
    return created;
  } catch (error) {
    if (!HooklineError.is(error)) throw error;
    if (error.code === "conflict") return undefined;
    // After a 503 the group may be there all the same.
    if (error.dispatched !== "no" || Number(error.details.status) >= 500) directory.begin(email, idempotency_key);
    throw error;
  }
}

/** Without an id or address of the caller's, an equal name has to show that it is the group that was meant. */
function refuseAnother({ email, name }: z.output<typeof groupAnswer>, request: CreateGroup, isNamed: boolean): void {
  if (request.if_exists === "fail") throw conflict(`there is a group ${email} already`);
  if (isNamed || request.external_id !== undefined || name === request.name) return;
  throw conflict(
    `the address ${email} belongs to the group "${name}"; give an external_id, or an address in provider_options.google_groups.email`,
  );
}

function conflict(reason: string, cause?: HooklineError): HooklineError {
  return new HooklineError("conflict", { reason, failover: false }, { cause });
}

function expectAddress(text: string): string {
  const address = addressOf(text)?.address;
  if (address !== undefined) return address.toLowerCase();
  const reason = `provider_options.google_groups.email must be a mail address, and ${JSON.stringify(text)} is none`;
  throw new HooklineError("invalid_request", { reason });
}

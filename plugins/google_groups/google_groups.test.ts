import { testPlugin } from "hookline/testing";
import { test } from "vitest";
import { account, createWorkspace, refused } from "./test/workspace.ts";

const group = "team@acme.test";

testPlugin(import.meta.dirname, {
  test,
  platform: () => {
    const workspace = createWorkspace();
    workspace.add(group, [{ id: "1", email: "anna@acme.test", role: "MEMBER", type: "USER" }]);
    return workspace.answer;
  },
  config: (url) => ({
    domain: "acme.test",
    admin: "admin@acme.test",
    ...account,
    send_as: "bot@acme.test",
    api_url: url,
    settings_url: url,
    gmail_url: url,
    token_url: `${url}/token`,
  }),
  calls: {
    create_group: { name: "Team Blue", description: "All of us", external_id: "team-7" },
    get_group: { group },
    update_group: { group, name: "Team Red", visibility: "public" },
    delete_group: { group },
    list_groups: {},
    add_member: { group, members: ["ben@acme.test"] },
    remove_member: { group, members: ["anna@acme.test"] },
    list_members: { group },
    send_message: { to: group, content: { subject: "Hi", text: "All of you" } },
  },
  expects: {
    // The token has worked before: it is replaced once. Two in a row are `auth`, see groups.test.ts.
    "*": { "401": "ok" },
    // The group was made in the request before this one: Google does not know it everywhere yet.
    create_group: { "401": "ok", "404": "unavailable" },
    // Who is in the group already is a success.
    add_member: { "401": "ok", "409": "ok" },
  },
  errors: [
    {
      name: "a limit that comes as a 403",
      hook: "get_group",
      answer: refused(403, "userRateLimitExceeded", "Quota exceeded"),
      code: "rate_limited",
      facts: { dispatched: "no", failover: true },
    },
    {
      name: "too many at once",
      hook: "list_groups",
      answer: refused(403, "quotaExceeded", "Quota exceeded"),
      code: "rate_limited",
    },
    {
      name: "a limit that comes as a 429",
      hook: "get_group",
      answer: refused(429, "rateLimitExceeded", "Quota exceeded"),
      code: "rate_limited",
    },
    {
      name: "an admin who may not",
      hook: "get_group",
      answer: refused(403, "forbidden", "Not Authorized to access this resource/api"),
      code: "permission",
      facts: { failover: true, retryable: false },
    },
    {
      name: "a group that is not there",
      hook: "add_member",
      answer: refused(404, "notFound", "Resource Not Found: groupKey"),
      code: "not_found",
    },
    {
      name: "a limit in the first of several",
      hook: "add_member",
      answer: refused(403, "userRateLimitExceeded", "Quota exceeded"),
      code: "rate_limited",
    },
    {
      name: "a group without an address",
      hook: "get_group",
      answer: { json: { kind: "admin#directory#group" } },
      code: "unavailable",
      facts: { dispatched: "maybe" },
    },
  ],
  api: {
    document: "../../../shared/specs/google.directory.openapi.json",
    exceptions: [
      { where: "POST /token", reason: "tokens are another API" },
      {
        where: "PATCH /groups/v1/groups/",
        reason: "Groups Settings have a document of their own: see groups.test.ts",
      },
      { where: "POST /upload/gmail/v1/", reason: "the document of Gmail leaves out the address of uploads" },
    ],
  },
});

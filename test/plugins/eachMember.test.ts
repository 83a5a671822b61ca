import { eachMember, HooklineError } from "hookline";
import { expect, test } from "vitest";

const members = ["anna", "ben", "carla"].map((value) => ({ who: { kind: "user" as const, value } }));

test("each member is an item, in order, one asked after the other", async () => {
  const asked: string[] = [];

  const items = await eachMember(members, async ({ who }) => {
    asked.push(`${who.value} begins`);
    await Promise.resolve();
    asked.push(`${who.value} ends`);
    return who.value === "ben" ? { status: "invited", ref: "link" } : "added";
  });

  expect(items).toEqual([
    { subject: "anna", status: "added" },
    { subject: "ben", status: "invited", ref: "link" },
    { subject: "carla", status: "added" },
  ]);
  expect(asked).toEqual(members.flatMap(({ who }) => [`${who.value} begins`, `${who.value} ends`]));
});

test("what is wrong with one member is in its item, and the others go on", async () => {
  const items = await eachMember(members, async ({ who }) => refuse(who.value === "anna", "invalid_recipient"));

  expect(items).toMatchObject([
    { subject: "anna", status: "failed", error: { code: "invalid_recipient", dispatched: "no" } },
    { subject: "ben", status: "added" },
    { subject: "carla", status: "added" },
  ]);
});

test("what concerns all is thrown while nothing has happened", async () => {
  const working = eachMember(members, async ({ who }) => refuse(who.value === "anna", "rate_limited"));

  await expect(working).rejects.toMatchObject({ code: "rate_limited" });
});

test("what concerns all after somebody was added ends the list: the rest fails with it and is not asked", async () => {
  const asked: string[] = [];

  const items = await eachMember(members, async ({ who }) => {
    asked.push(who.value);
    return refuse(who.value === "ben", "timeout");
  });

  expect(asked).toEqual(["anna", "ben"]);
  expect(items).toMatchObject([
    { status: "added" },
    { status: "failed", error: { code: "timeout", dispatched: "maybe" } },
    { status: "failed", error: { code: "timeout", dispatched: "no" } },
  ]);
});

test("a plugin says which errors are about one, and whether something was done before", async () => {
  const isOfOne = ({ code }: HooklineError) => code === "permission";

  const alone = await eachMember(members, async ({ who }) => refuse(who.value === "anna", "permission"), { isOfOne });
  const later = await eachMember(members, async () => refuse(true, "auth"), { hasActed: true });

  expect(alone.map(({ status }) => status)).toEqual(["failed", "added", "added"]);
  expect(later.map(({ error }) => error?.code)).toEqual(["auth", "auth", "auth"]);
});

test("a bug is thrown as it is", async () => {
  const working = eachMember(members, async () => {
    throw new TypeError("x is undefined");
  });

  await expect(working).rejects.toThrow(TypeError);
});

function refuse(isRefused: boolean, code: "invalid_recipient" | "rate_limited" | "timeout" | "permission" | "auth"): "added" {
  if (isRefused) throw new HooklineError(code, { reason: "no" });
  return "added";
}

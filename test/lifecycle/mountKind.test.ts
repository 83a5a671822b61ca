import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { silentMountOf } from "../../core/lifecycle/mountKind.ts";

test.each([
  [0x6969, "NFS"],
  [0xff534d42, "CIFS"],
  [0xff534d42 - 2 ** 32, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x65735546, "FUSE"],
  [0x01021997, "9p"],
  [0x786f4256, "vboxsf"],
])("the magic number %i is %s, which sends no events", async (type, name) => {
  const mount = await silentMountOf("/mnt/plugins", async () => ({ type }));

  expect(mount).toBe(name);
});

test.each([0xef53, 0x01021994, 0x794c7630, 0x9123683e, 0x58465342, 0])("the magic number %i sends events", async (type) => {
  const mount = await silentMountOf("/plugins", async () => ({ type }));

  expect(mount).toBeUndefined();
});

test("a path that does not exist is on the mount of the nearest folder that does", async () => {
  const asked: string[] = [];

  const mount = await silentMountOf("/mnt/share/not/yet", async (path) => {
    asked.push(path);
    if (path !== "/mnt/share") throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    return { type: 0x6969 };
  });

  expect(mount).toBe("NFS");
  expect(asked).toEqual(["/mnt/share/not/yet", "/mnt/share/not", "/mnt/share"]);
});

test("the real statfs answers for a real folder", async () => {
  await expect(silentMountOf(tmpdir())).resolves.not.toThrow();
});

import { statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** What `fs.statfs` says that matters here. */
export type StatFs = (path: string) => Promise<{ type: number }>;

// The magic numbers of Linux' statfs(2) whose files can change without an event in this kernel: another machine, the host of this
// virtual machine, or a process behind FUSE wrote them. On macOS and Windows `type` is no magic number and meets none of these.
const silentMounts = new Map([
  [0x6969, "NFS"],
  [0x6e667364, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x65735546, "FUSE"],
  [0x01021997, "9p"],
  [0x786f4256, "vboxsf"],
  [0xbacbacbc, "vmhgfs"],
  [0x7c7c6673, "prl_fs"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x73757245, "Coda"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x01161970, "GFS2"],
  [0x7461636f, "OCFS2"],
  [0x19830326, "BeeGFS"],
  [0x564c, "NCP"],
]);

/** The kind of mount that sends no events for `path` (`NFS`, `SMB`, `FUSE`, …); undefined when events can be trusted. */
export async function silentMountOf(path: string, askMount: StatFs = statfs): Promise<string | undefined> {
  const type = await mountTypeOf(path, askMount);
  // f_type is signed on some machines.
  return type === undefined ? undefined : silentMounts.get(type >>> 0);
}

async function mountTypeOf(path: string, askMount: StatFs): Promise<number | undefined> {
  try {
    return (await askMount(path)).type;
  } catch {
    // Not there (yet), or not ours to ask: it will lie on the mount of its folder.
    const folder = dirname(path);
    return folder === path ? undefined : mountTypeOf(folder, askMount);
  }
}

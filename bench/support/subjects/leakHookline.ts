import { writeFileSync } from "node:fs";
import { createHost } from "hookline";

/** A host that reloads its plugin whenever `file` is saved: the text is `before`, the version, and `after`. */
export async function open(config: string, file: string, before: string, after: string) {
  const host = await createHost({ config, logger: false });
  return {
    async reload(version: number) {
      const reloaded = host.once("reloaded");
      writeFileSync(file, before + version + after);
      await reloaded;
      const { value } = await host.call("send_message", { channel: "chat", to: "anna", content: "hello" });
      if (!value?.message_id.endsWith(`:${version}`))
        throw new Error(`version ${version} was reloaded, and ${value?.message_id} answers`);
    },
    close: () => host.close(),
  };
}

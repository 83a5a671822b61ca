import { expectTypeOf, test } from "vitest";
import { createHost, definePlugin, type Group, type Host, type Outcome } from "../../core/index.ts";

// These are checked by the compiler; the functions never run.
test("a misspelt hook or field is a compile error for who embeds", () => {
  const never = async (host: Host) => {
    // @ts-expect-error no such hook
    await host.call("send_mesage", { channel: "chat", to: "anna", content: "x" });
    // @ts-expect-error no such field
    await host.call("send_message", { channel: "chat", to: "anna", contnet: "x" });
    // @ts-expect-error a field is missing
    await host.call("send_message", { channel: "chat", to: "anna" });
    // @ts-expect-error no such hook
    await host.hooks.creat_group({ channel: "chat", name: "x" });
    // @ts-expect-error no such event
    host.on("reload", () => undefined);
    expectTypeOf(await host.call("get_message_status", { channel: "chat", message: "x" })).toExtend<
      Outcome<{ status: string; terminal: boolean }>
    >();
    expectTypeOf((await host.hooks.create_group({ channel: ["a", "b"], name: "x", members: ["anna"] })).value).toExtend<
      Group | undefined
    >();
  };

  expectTypeOf(never).toBeFunction();
  expectTypeOf(createHost).toBeFunction();
});

test("a misspelt hook, a wrong answer or an unknown request field is a compile error for who writes a plugin", () => {
  definePlugin({
    // @ts-expect-error no such hook
    setup: () => ({ send_mesage: () => ({ message_id: "x" }) }),
  });
  definePlugin({
    // @ts-expect-error the answer has no message_id
    setup: () => ({ send_message: () => ({ id: "x" }) }),
  });
  definePlugin<{ url: string }>({
    setup: ({ config }) => {
      expectTypeOf(config.url).toBeString();
      return {
        send_message({ to, content, ...rest }) {
          expectTypeOf(to[0]?.value).toEqualTypeOf<string | undefined>();
          expectTypeOf(content.text).toEqualTypeOf<string | undefined>();
          // @ts-expect-error no such field
          return { message_id: String(rest.recipient) };
        },
      };
    },
  });
});

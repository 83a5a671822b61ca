import { HooklineError } from "hookline";

/** For a `catch`: what Telegram refuses with these words is so already, which is a success. */
export function unless(description: string): (error: unknown) => void {
  return (error) => {
    if (!HooklineError.is(error) || !error.message.includes(description)) throw error;
  };
}

import { createPrivateKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { HooklineError, z } from "hookline";

/** The settings of a service account: its key file, or the two values in it that count. */
export interface ServiceAccountSettings {
  credentials_file?: string;
  client_email?: string;
  private_key?: string;
}

const keyFile = z.object({ client_email: z.string().min(1), private_key: z.string().min(1) });

/** Who signs, and with what. Throws `settings_invalid` when the settings do not say it, or when the key is none. */
export async function serviceAccount({ credentials_file: file, ...settings }: ServiceAccountSettings) {
  try {
    const { client_email, private_key } = keyFile.parse(file === undefined ? settings : JSON.parse(await readFile(file, "utf8")));
    // In a variable of the environment the line breaks are often written as \n.
    const key = private_key.replaceAll("\\n", "\n");
    createPrivateKey(key);
    return { email: client_email, key };
  } catch (error) {
    // No more than the name of what went wrong, and no cause: the message could quote the key.
    const why = error instanceof Error && "code" in error ? error.code : error instanceof Error ? error.name : error;
    const where = file === undefined ? "the settings" : `credentials_file ${file}`;
    const reason = `${where} must have client_email and private_key as they stand in the key file of a service account (${why})`;
    throw new HooklineError("settings_invalid", { reason });
  }
}

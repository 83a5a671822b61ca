import { createPrivateKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { HooklineError, z } from "hookline";

/** The settings of a service account: its key file, or the two values in it that count. */
export interface ServiceAccountSettings {
  credentials_file?: string;
  client_email?: string;
  private_key?: string;
}

/** Who signs, and with what. */
export interface ServiceAccount {
  email: string;
  key: string;
}

const keyFile = z.object({ client_email: z.string().min(1), private_key: z.string().min(1) });

/** Reads the service account of the settings. Throws `settings_invalid` when there is none, or when its key is none. */
export async function serviceAccount({ credentials_file, ...settings }: ServiceAccountSettings): Promise<ServiceAccount> {
  const found = keyFile.safeParse(credentials_file === undefined ? settings : await read(credentials_file));
  const where = credentials_file === undefined ? "the settings" : credentials_file;
  if (!found.success) throw wrong(`${where} must have client_email and private_key, as in the key file of a service account`);
  // In a variable of the environment the line breaks are often written as \n.
  const key = found.data.private_key.replaceAll("\\n", "\n");
  try {
    createPrivateKey(key);
  } catch {
    // The reason of OpenSSL helps nobody, and could quote the key.
    throw wrong(
      `the private_key of ${where} cannot be read; take it from the key file as it stands, with its BEGIN and END lines`,
    );
  }
  return { email: found.data.client_email, key };
}

async function read(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    const why = error instanceof SyntaxError ? "is no JSON" : `cannot be read: ${error instanceof Error ? error.message : error}`;
    throw wrong(`credentials_file ${file} ${why}`);
  }
}

function wrong(reason: string): HooklineError {
  return new HooklineError("settings_invalid", { reason });
}

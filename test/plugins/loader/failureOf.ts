import { join } from "node:path";
import { HooklineError } from "../../../core/errors.ts";
import type { Loader } from "../../../core/plugins/loader/createLoader.ts";
import { loadFailureOf } from "../../../core/plugins/loader/loadFailure.ts";
import { pluginFolder } from "./pluginFolder.ts";

/** Loads index.ts of these files, and gives the error with the folder's path left out. */
export async function failureOf(loader: Loader, files: Record<string, string>) {
  const { path } = await pluginFolder(files);
  const error = await caught(loader.load({ folder: path, entry: join(path, "index.ts") }));
  const failure = loadFailureOf(error);
  const names = (paths: Iterable<string> = []) => [...paths].map((one) => one.replace(`${path}/`, "")).sort();
  const place = [failure?.file, failure?.line, failure?.column].filter((part) => part !== undefined).join(":");
  return {
    place: place.replace(`${path}/`, ""),
    said: error.message.replaceAll(`${path}/`, "").replace(" See docs/errors.md#load_failed", ""),
    cause: error.cause,
    files: names(failure?.files.keys()),
    misses: names(failure?.misses),
  };
}

/** The error that a promise rejects with. */
export async function caught(promise: Promise<unknown>): Promise<HooklineError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!HooklineError.is(error)) throw new Error(`expected a HooklineError, got ${String(error)}`);
  return error;
}

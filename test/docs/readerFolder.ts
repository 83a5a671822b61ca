import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** An empty project in which somebody follows a page: `hookline` and `fastify` are installed, the rest they write. */
export interface ReaderFolder extends AsyncDisposable {
  folder: string;
  write(file: string, text: string): Promise<void>;
  /** Runs a program of Node in the folder; what it printed, and its exit code. */
  run(...argv: string[]): Promise<{ stdout: string; stderr: string; code: number }>;
  /** What the compiler says of all TypeScript files in the folder, under the strictest settings. */
  typeErrors(): Promise<string>;
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Makes the project outside the work tree: what it imports is what `npm run build` made. Disposing removes it. */
export async function readerFolder(): Promise<ReaderFolder> {
  const folder = await mkdtemp(join(tmpdir(), "hookline-docs-"));
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  };
  await mkdir(join(folder, "node_modules"));
  await symlink(join(root, "core"), join(folder, "node_modules/hookline"), "junction");
  await symlink(join(root, "node_modules/fastify"), join(folder, "node_modules/fastify"), "junction");
  await symlink(join(root, "node_modules/@types"), join(folder, "node_modules/@types"), "junction");
  await cp(join(root, "config"), join(folder, "config"), { recursive: true, filter: (path) => !path.endsWith(".ts") });
  for (const { name } of await readdir(join(root, "plugins"), { withFileTypes: true })) {
    await mkdir(join(folder, "plugins"), { recursive: true });
    await symlink(join(root, "plugins", name), join(folder, "plugins", name), "junction");
  }
  await write("package.json", JSON.stringify({ name: "reader", private: true, type: "module" }));
  await write(
    "tsconfig.json",
    JSON.stringify({
      compilerOptions,
      include: ["**/*.ts"],
      exclude: ["node_modules", ...(await readdir(join(root, "plugins"))).map((name) => `plugins/${name}`)],
    }),
  );
  const run = (...argv: string[]) => execute(folder, argv);
  return {
    folder,
    write,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    run,
    typeErrors: async () => (await run(join(root, "node_modules/typescript/bin/tsc"), "-p", folder)).stdout,
  };
}

const compilerOptions = {
  target: "esnext",
  module: "nodenext",
  types: ["node"],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
};

function execute(cwd: string, argv: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      argv,
      { cwd, timeout: 60_000, env: { ...process.env, NO_COLOR: "1" } },
      (error, stdout, stderr) => {
        const code = typeof error?.code === "number" ? error.code : error ? -1 : 0;
        resolve({ stdout, stderr, code });
      },
    );
  });
}

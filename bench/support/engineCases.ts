import { createHooks } from "../../core/hooks/createHooks.ts";
import { enginePeers } from "./enginePeers.ts";

/** What a call passes. */
export interface Request {
  n: number;
}

/** An implementation of the hook. */
export type Implementation = (request: Request) => unknown;

/** One line of the engine's table. */
export interface Case {
  name: string;
  /** What hookline is to reach, in times of the bare loop. */
  goal: number | undefined;
  contenders: Readonly<Record<string, () => unknown>>;
}

type Wrapper = (request: unknown, next: () => unknown[] | Promise<unknown[]>) => unknown[] | Promise<unknown[]>;

const request: Request = { n: 1 };
const timeout = 30_000;

/** Every line of the engine's table. */
export async function engineCases(): Promise<Case[]> {
  const peers = await enginePeers();
  return [1, 5, 20].flatMap((count) => [false, true].flatMap((isAsync) => casesOf(count, isAsync, peers)));
}

function casesOf(count: number, isAsync: boolean, peers: Awaited<ReturnType<typeof enginePeers>>): Case[] {
  const fns = Array.from(
    { length: count },
    (_, index): Implementation => (isAsync ? async ({ n }) => n + index : ({ n }) => n + index),
  );
  const name = `${count} ${isAsync ? "async" : "sync"}`;
  const [plainGoal, wrappedGoal] = count !== 5 ? [] : isAsync ? [0.9, 0.75] : [2, 1.9];
  const bare = () => loop(fns);
  const wrapper = isAsync ? asyncWrapper : syncWrapper;
  return [
    { name, goal: plainGoal, contenders: { "bare loop": bare, hookline: hooklineCall(fns), ...peers(fns, request, isAsync) } },
    {
      name: `${name}, in a wrapper`,
      goal: wrappedGoal,
      contenders: { "bare loop": bare, "by hand": () => wrapper(request, bare), hookline: hooklineCall(fns, { wrapper }) },
    },
    {
      name: `${name}, with time-outs`,
      goal: undefined,
      contenders: { "bare loop": bare, "by hand": () => loopWithTimeouts(fns), hookline: hooklineCall(fns, { timeout }) },
    },
  ];
}

async function loop(fns: readonly Implementation[]): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const f of fns) results.push(await f(request));
  return results;
}

async function loopWithTimeouts(fns: readonly Implementation[]): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const f of fns) {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(reject, timeout, new Error("too late"));
    try {
      results.push(await Promise.race([f(request), promise]));
    } finally {
      clearTimeout(timer);
    }
  }
  return results;
}

const syncWrapper: Wrapper = (_request, next) => next();

const asyncWrapper: Wrapper = async (_request, next) => {
  const results = await next();
  return results;
};

function hooklineCall(fns: readonly Implementation[], more: { wrapper?: Wrapper; timeout?: number } = {}): () => unknown {
  const hooks = createHooks({ count: { mode: "collect" } });
  for (const [index, handler] of fns.entries()) {
    hooks.register({
      name: `plugin${index}`,
      hooks: { count: more.timeout === undefined ? handler : { handler, timeout: more.timeout } },
    });
  }
  if (more.wrapper) hooks.register({ name: "wrapper", hooks: { count: { wrapper: true, handler: more.wrapper } } });
  return () => hooks.call("count", request);
}

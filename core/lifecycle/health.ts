import { withDeadline } from "../clock.ts";
import { HooklineError } from "../errors.ts";
import { handlerOf } from "../plugins/generation.ts";
import { redactValue } from "../plugins/redact.ts";
import type { World } from "./world.ts";

const longestCheck = 10_000;

/** Asks every live instance that implements `health_check`, on the interval of the settings; the status shows the answers. Returns its stop. */
export function watchHealth(world: World): () => void {
  let cancel = (): void => undefined;
  const next = (): void => {
    const seconds = world.config.settings.health_check_interval;
    if (world.closing || seconds === 0) return;
    cancel = world.clock.after(seconds * 1_000, () => void checkAll(world).finally(next), "idle");
  };
  next();
  return () => cancel();
}

/** One round of health checks, all at the same time. Never throws: a check that throws or hangs is an unhealthy instance. */
export async function checkAll(world: World): Promise<void> {
  await Promise.all(
    [...world.records.values()].map(async (record) => {
      const { live } = record;
      const check = live && handlerOf(live.hooks, "health_check");
      if (!live || !check) return;
      const release = live.acquire("health_check");
      const signal = AbortSignal.any([live.handle.context.signal]);
      const late = () =>
        new HooklineError("timeout", { instance: record.id, reason: `health_check took more than ${longestCheck} ms` });
      try {
        const answer = await withDeadline(
          world.clock,
          longestCheck,
          check({}, { hook: "health_check", plugin: record.id, signal }),
          late,
        );
        record.health = {
          healthy: isHealthy(answer),
          details: redactValue(detailsOf(answer), live.redact) as Record<string, unknown> | undefined,
          at: new Date(),
        };
      } catch (error) {
        record.health = {
          healthy: false,
          details: { error: live.redact(HooklineError.attribute(error, { instance: record.id }).message) },
          at: new Date(),
        };
      } finally {
        release();
      }
    }),
  );
}

function isHealthy(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "healthy" in answer && answer.healthy === true;
}

function detailsOf(answer: unknown): Record<string, unknown> | undefined {
  if (typeof answer !== "object" || answer === null || !("details" in answer)) return undefined;
  return typeof answer.details === "object" && answer.details !== null ? { ...answer.details } : undefined;
}

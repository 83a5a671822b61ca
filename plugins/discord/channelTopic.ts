import { HooklineError } from "hookline";

const marked = /^(.*)\[id: (.+)\]$/s;

/**
 * Description and external id in the topic of a channel: the only place that Discord has for them, and people can see it. Throws
 * for what would be read back as something else.
 */
export function topicOf(description = "", external_id?: string): string {
  const topic = external_id === undefined ? description : `${description} [id: ${external_id}]`.trim();
  if (readTopic(topic).external_id === external_id) return topic;
  throw new HooklineError("invalid_request", {
    reason:
      'the external_id stands in the topic as "[id: …]", so neither it nor the end of the description may hold such a thing',
  });
}

/** What `topicOf` has put into a topic. */
export function readTopic(topic: string | null | undefined): { description?: string; external_id?: string } {
  const [, before = topic ?? "", external_id] = marked.exec(topic ?? "") ?? [];
  const description = external_id === undefined ? before : before.trimEnd();
  return { ...(description !== "" && { description }), ...(external_id !== undefined && { external_id }) };
}

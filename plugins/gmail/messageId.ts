/** Where a message is: its own id, and that of its thread. */
export interface Place {
  id: string;
  threadId: string;
}

/**
 * The id that a caller gets: Gmail's own for the message that began its thread, `thread/message` for any other. With the thread in
 * it the status is one question.
 */
export function messageId({ id, threadId }: Place): string {
  return id === threadId ? id : `${threadId}/${id}`;
}

/** What such an id names. */
export function placeOf(messageId: string): Place {
  const [threadId = "", id = threadId] = messageId.split("/");
  return { id, threadId };
}

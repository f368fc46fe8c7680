import { Readable } from 'node:stream'

/** Server-sent events (HTML Standard, 9.2). */
export interface EventStream {
  /** What is sent. It ends at once, unfinished, when its reader leaves too much unread. */
  readonly readable: Readable
  /** Sends an event with a value as JSON. */
  send(event: string, data: object): void
  /** Sends a comment, which readers ignore and which shows that the connection is alive. */
  comment(): void
  end(): void
}

/**
 * A stream of events to a reader of any speed.
 * @param maxUnread what it may leave unread, in bytes.
 */
export function eventStream(maxUnread: number): EventStream {
  const readable = new Readable({ read() {} })
  const write = (text: string) => {
    if (readable.readableLength > maxUnread) readable.destroy()
    else readable.push(text)
  }
  return {
    readable,
    send: (event, data) => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
    comment: () => write(':\n\n'),
    end: () => void readable.push(null),
  }
}

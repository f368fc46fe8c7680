/** Server-sent events from the body of a `fetch`: `EventSource` carries no bearer token and shows no status. */

export interface ServerEvent {
  event: string
  data: string
}

/**
 * Reads events until the server ends them (HTML Standard, 9.2.6). One that is cut off is dropped.
 * @param alive called whenever anything arrives, comments included.
 * @throws what the body fails with.
 */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  tell: (event: ServerEvent) => void,
  alive: () => void,
): Promise<void> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  const take = parser(tell)
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    alive()
    take(decoder.decode(value, { stream: true }))
  }
}

/** What takes text in pieces of any size. */
function parser(tell: (event: ServerEvent) => void): (text: string) => void {
  let left = ''
  let event = ''
  let data: string[] = []

  function takeLine(line: string): void {
    if (line === '') {
      if (data.length > 0) tell({ event: event || 'message', data: data.join('\n') })
      event = ''
      data = []
      return
    }
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) as unknown as [string, string, string?]
    if (name === 'event') event = value
    if (name === 'data') data.push(value)
  }

  return text => {
    // A CR at the end may be half of a CRLF.
    const lines = (left + text).split(/\r\n|\n|\r(?!$)/)
    left = lines.pop() as string
    for (const line of lines) takeLine(line)
  }
}

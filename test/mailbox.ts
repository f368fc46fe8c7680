import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { Test } from 'tap'

/** A message received by a mail server. */
export interface Received {
  from: string
  /** The recipients of the SMTP envelope, which count, whatever the headers say. */
  to: string[]
  headers: string
  subject: string
  text: string
  /** Whether it came over TLS. */
  secure: boolean
  /** The user who authenticated to send it. */
  user: unknown
  /** The code after `#` in its link. */
  code: string
}

export interface Mailbox {
  /** For `SMTP_URL`. */
  url: string
  port: number
  /** All messages so far. */
  received: Received[]
  /** The oldest message that was not taken yet; waits for it. */
  next(): Promise<Received>
  /** The code of the next message that has one, to an address or to any. Skips those before. */
  nextCode(to?: string): Promise<string>
  close(): Promise<void>
}

/** A real mail server in this process, closed when the test ends. It has no STARTTLS unless the options say so. */
export async function mailbox(t: Test, options: SMTPServerOptions = {}): Promise<Mailbox> {
  const received: Received[] = []
  const arrivals: (() => void)[] = []
  let taken = 0
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onData: (stream, { envelope, secure, user }, done) => {
      text(stream)
        .then(raw => {
          const [headers = '', ...body] = raw.split('\r\n\r\n')
          const said = decode(body.join('\r\n\r\n'))
          received.push({
            from: envelope.mailFrom ? envelope.mailFrom.address : '',
            to: envelope.rcptTo.map(({ address }) => address),
            headers,
            subject: /^Subject: (.*)$/m.exec(headers)?.[1]?.trim() ?? '',
            text: said,
            secure,
            user,
            code: /#(\S+)/.exec(said)?.[1] ?? '',
          })
          done()
          for (const arrived of arrivals.splice(0)) arrived()
        })
        .catch(done)
    },
    ...options,
  })
  // Some tests are about clients that disconnect in the middle.
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= new Promise<void>(resolve => void server.close(() => resolve()))
    return closed
  }
  t.teardown(close)
  async function next() {
    while (received.length <= taken) await new Promise<void>(resolve => arrivals.push(resolve))
    return received[taken++] as Received
  }
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    received,
    next,
    async nextCode(to) {
      for (;;) {
        const message = await next()
        if (message.code !== '' && (to === undefined || message.to.includes(to))) return message.code
      }
    },
    close,
  }
}

/** Undoes quoted-printable. */
function decode(body: string): string {
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString().replaceAll('\r\n', '\n')
}

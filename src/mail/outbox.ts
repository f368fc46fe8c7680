import type { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { createTransport } from 'nodemailer'
import type { Message } from './messages.ts'
import type { MessageKind } from './quota.ts'

export interface AddressedMessage extends Message {
  to: string
}

/**
 * What became of a message: the mail server has it; it refused it for good, or for now; it could not be reached; or nobody
 * knows, because it fell silent after it had got text of the message. Only `unknown` may have arrived.
 */
export type Delivery = 'accepted' | 'refused' | 'deferred' | 'unreachable' | 'unknown'

/** Writes a message when its turn comes, or returns none. */
export type Writer = () => Promise<AddressedMessage | undefined>

export interface Outbox {
  /**
   * Queues a message; it is written and sent after the answer to the present request. Each kind has a queue of its own,
   * and notices never delay a message that somebody waits for. Failures go to `warn`.
   * @returns false when too many are waiting: this one is not sent.
   */
  post(kind: MessageKind, write: Writer): boolean
  /**
   * Sends a message that nobody waits for, on a connection of its own: it delays no other, and none delays it. Never fails.
   */
  deliver(message: AddressedMessage): Promise<Delivery>
  /** How many messages wait; and since the start, how many were sent, and how many failed. */
  readonly load: { waiting: Record<MessageKind, number>; ended: { sent: number; failed: number } }
  /**
   * Sends queued messages for up to this many ms, then gives up.
   * @returns how many were not sent.
   */
  close(drainTimeoutMs: number): Promise<number>
}

export interface OutboxOptions {
  /** `smtp://` or `smtps://`; its query can set any option of nodemailer. */
  smtpUrl: string
  /** `Name <address>`, or an address alone. */
  from: string
  /** Gets the reason why a message was not sent, without its address or text. */
  warn: (reason: object) => void
  limits?: Partial<typeof defaultLimits>
}

const defaultLimits = {
  /** Of each kind. With the slowest server that the timeouts allow, the last one waits for less than an hour. */
  maxQueued: 100,
  /** Until there is a connection, and until the server greets. */
  connectTimeoutMs: 10_000,
  /** For one message in total, also with a server that trickles its answers. */
  sendTimeoutMs: 30_000,
}

/** Messages in flight; of notices fewer, so that a connection is always left to messages that somebody waits for. */
const maxInFlight = 2
const maxNoticesInFlight = 1

/**
 * A queue of messages in front of a mail server: no request waits for it, and an unreachable server costs only the
 * messages.
 */
export function startOutbox({ smtpUrl, from, warn, limits: given = {} }: OutboxOptions): Outbox {
  const limits = { ...defaultLimits, ...given }
  const connection = {
    dnsTimeout: limits.connectTimeoutMs,
    connectionTimeout: limits.connectTimeoutMs,
    greetingTimeout: limits.connectTimeoutMs,
    socketTimeout: limits.sendTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...transportSecurity(smtpUrl),
    url: smtpUrl,
  }
  const transport = createTransport({ ...connection, pool: true, maxConnections: maxInFlight, idleTimeout: 10_000 })
  // Without a pool, which sends again what it cannot be sure of.
  const unpooled = createTransport(connection)
  /** The text of each message in flight: nothing of it has left where it was not read. */
  const texts = new WeakMap<object, Readable>()
  unpooled.use('stream', ({ data, message }, done) => {
    const read = message.createReadStream.bind(message)
    message.createReadStream = options => {
      const stream = read(options)
      texts.set(data.headers as object, stream)
      return stream
    }
    done()
  })
  const waiting: Record<MessageKind, Writer[]> = { awaited: [], notice: [] }
  const underway = new Set<Promise<void>>()
  const unpooledUnderway = new Set<Promise<void>>()
  let noticesUnderway = 0
  const ended = { sent: 0, failed: 0 }
  const givenUp = new AbortController()

  async function deliver(write: Writer) {
    try {
      const message = await write()
      if (!message) return
      await transport.sendMail(mailOf(message))
      ended.sent++
    } catch (error) {
      ended.failed++
      warn(reasonOf(error))
    }
  }

  function mailOf({ to, subject, text, html, headers }: AddressedMessage) {
    return {
      from,
      // Not a string, which would be parsed as a list of addresses.
      to: { name: '', address: to },
      subject,
      text,
      ...(html !== undefined && { html }),
      textEncoding: 'quoted-printable' as const,
      // RFC 3834: suppresses automatic replies.
      headers: { 'Auto-Submitted': 'auto-generated', ...headers },
      signal: AbortSignal.any([givenUp.signal, AbortSignal.timeout(limits.sendTimeoutMs)]),
    }
  }

  async function deliverUnpooled(message: AddressedMessage): Promise<Delivery> {
    const mail = mailOf(message)
    try {
      await unpooled.sendMail(mail)
      ended.sent++
      return 'accepted'
    } catch (error) {
      ended.failed++
      warn(reasonOf(error))
      return deliveryOf(error, texts.get(mail.headers)?.readableDidRead ?? false)
    }
  }

  function next() {
    if (underway.size >= maxInFlight) return
    const kind = waiting.awaited.length > 0 ? 'awaited' : 'notice'
    if (kind === 'notice' && noticesUnderway >= maxNoticesInFlight) return
    const write = waiting[kind].shift()
    if (!write) return
    if (kind === 'notice') noticesUnderway++
    const delivery = deliver(write).finally(() => {
      underway.delete(delivery)
      if (kind === 'notice') noticesUnderway--
      next()
    })
    underway.add(delivery)
  }

  async function emptied() {
    while (underway.size > 0 || waiting.awaited.length + waiting.notice.length > 0) {
      next()
      await Promise.race(underway)
    }
  }

  return {
    post(kind, write) {
      if (waiting[kind].length >= limits.maxQueued) return false
      waiting[kind].push(write)
      // Deferred until after the answer, so that the time of the answer tells nothing about the work here.
      setImmediate(next)
      return true
    },
    async deliver(message) {
      if (givenUp.signal.aborted) return 'unreachable'
      const delivery = deliverUnpooled(message)
      const ending: Promise<void> = delivery.then(() => void unpooledUnderway.delete(ending))
      unpooledUnderway.add(ending)
      return delivery
    },
    get load() {
      return { waiting: { awaited: waiting.awaited.length, notice: waiting.notice.length }, ended }
    },
    async close(drainTimeoutMs) {
      const drained = new AbortController()
      const all = Promise.all([emptied(), ...unpooledUnderway])
      await Promise.race([all, setTimeout(drainTimeoutMs, undefined, { signal: drained.signal })])
      drained.abort()
      const unsent = waiting.awaited.splice(0).length + waiting.notice.splice(0).length + underway.size
      givenUp.abort()
      await Promise.all([...underway, ...unpooledUnderway])
      transport.close({ force: true })
      return unsent
    },
  }
}

/**
 * The TLS options of a connection. Links in messages open accounts, so a server on another machine must speak TLS,
 * unless its URL says `?ignoreTLS=true`; on this machine a self-signed certificate is accepted, and so is plain text.
 */
export function transportSecurity(smtpUrl: string) {
  const { protocol, hostname, searchParams } = new URL(smtpUrl)
  if (/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) return { tls: { rejectUnauthorized: false } }
  return { requireTLS: protocol === 'smtp:' && !searchParams.has('ignoreTLS') }
}

/**
 * What a failure says of a message.
 * @param hasLeft whether text of it was sent.
 */
function deliveryOf(error: unknown, hasLeft: boolean): Delivery {
  const { command, responseCode } = error as { command?: unknown; responseCode?: number }
  const isAboutIt = ['MAIL FROM', 'RCPT TO', 'DATA'].some(said => said === command)
  if (isAboutIt && responseCode && responseCode !== 421) return responseCode < 500 ? 'deferred' : 'refused'
  return hasLeft ? 'unknown' : 'unreachable'
}

/** The loggable reason why a message was not sent: the mail server's text would repeat the address. */
function reasonOf(error: unknown): object {
  const { name, code, command, responseCode } = error as Error & Record<string, unknown>
  return { name, code, command, responseCode }
}

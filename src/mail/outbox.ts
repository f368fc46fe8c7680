import { setTimeout } from 'node:timers/promises'
import { createTransport } from 'nodemailer'
import type { Letter } from './letters.ts'

export interface Addressed extends Letter {
  to: string
}

/** Writes a letter when its turn comes, or finds that there is none to write. */
export type Writer = () => Promise<Addressed | undefined>

export interface Outbox {
  /**
   * Puts a letter in line; it is written and sent after the answer to the present request. What goes wrong then is
   * told to `warn`. @returns false when too many are waiting: this one is not sent.
   */
  post(write: Writer): boolean
  /** Sends what is in line for up to so many ms, then gives up. @returns how many were not sent. */
  close(patience: number): Promise<number>
}

export interface OutboxOptions {
  /** `smtp://` or `smtps://`; its query may set any option of nodemailer. */
  smtpUrl: string
  /** `Name <address>`, or an address alone. */
  from: string
  /** Is told why a letter was not sent, without its address or text. */
  warn: (reason: object) => void
  limits?: Partial<typeof defaultLimits>
}

const defaultLimits = {
  /** Letters that may wait: with the slowest server that is borne, the last one waits for less than half an hour. */
  waiting: 100,
  /** Until there is a connection, and until the server greets, in ms each. */
  connect: 10_000,
  /** For one letter in all, in ms; also for a server that says a little now and then. */
  letter: 30_000,
}

/** Letters that are on their way at one moment. */
const atOnce = 2

/** A line of letters in front of a mail server: nobody who causes one waits for it, and a server that is away costs nothing but the letters. */
export function startOutbox({ smtpUrl, from, warn, limits: given = {} }: OutboxOptions): Outbox {
  const limits = { ...defaultLimits, ...given }
  const transport = createTransport({
    pool: true,
    maxConnections: atOnce,
    idleTimeout: 10_000,
    dnsTimeout: limits.connect,
    connectionTimeout: limits.connect,
    greetingTimeout: limits.connect,
    socketTimeout: limits.letter,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...transportSecurity(smtpUrl),
    url: smtpUrl,
  })
  const waiting: Writer[] = []
  const underway = new Set<Promise<void>>()
  const givenUp = new AbortController()

  async function deliver(write: Writer) {
    try {
      const letter = await write()
      if (!letter) return
      const { to, subject, text } = letter
      await transport.sendMail({
        from,
        // Not a string: that would be read as a list of addresses.
        to: { name: '', address: to },
        subject,
        text,
        textEncoding: 'quoted-printable',
        // RFC 3834: nobody's absence notice answers it.
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal: AbortSignal.any([givenUp.signal, AbortSignal.timeout(limits.letter)]),
      })
    } catch (error) {
      warn(reasonOf(error))
    }
  }

  function next() {
    const write = underway.size < atOnce ? waiting.shift() : undefined
    if (!write) return
    const delivery = deliver(write).finally(() => {
      underway.delete(delivery)
      next()
    })
    underway.add(delivery)
  }

  async function emptied() {
    while (underway.size > 0 || waiting.length > 0) {
      next()
      await Promise.race(underway)
    }
  }

  return {
    post(write) {
      if (waiting.length >= limits.waiting) return false
      waiting.push(write)
      // Not at once: by then the answer is out, and its time tells nothing about what is done here.
      setImmediate(next)
      return true
    },
    async close(patience) {
      const patienceOver = new AbortController()
      await Promise.race([emptied(), setTimeout(patience, undefined, { signal: patienceOver.signal })])
      patienceOver.abort()
      const unsent = waiting.splice(0).length + underway.size
      givenUp.abort()
      await Promise.all(underway)
      transport.close({ force: true })
      return unsent
    },
  }
}

/**
 * How far a connection must be private. Links in letters open accounts, so a server elsewhere must speak TLS, unless
 * its URL says `?ignoreTLS=true`; on this machine a certificate that nobody has signed will do, and so will none.
 */
export function transportSecurity(smtpUrl: string) {
  const { protocol, hostname, searchParams } = new URL(smtpUrl)
  if (/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) return { tls: { rejectUnauthorized: false } }
  return { requireTLS: protocol === 'smtp:' && !searchParams.has('ignoreTLS') }
}

/** Why a letter was not sent, as it may be logged: the words of the mail server would repeat the address. */
function reasonOf(error: unknown): object {
  const { name, code, command, responseCode } = error as Error & Record<string, unknown>
  return { name, code, command, responseCode }
}

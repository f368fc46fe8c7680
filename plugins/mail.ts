import fp from 'fastify-plugin'
import { ApiError } from '../src/errors.ts'
import type { Message } from '../src/mail/messages.ts'
import { type AddressedMessage, type Delivery, type Outbox, startOutbox } from '../src/mail/outbox.ts'
import { type MessageKind, messageQuota } from '../src/mail/quota.ts'

/** A message that somebody waits for, addressed but not written yet. */
export interface Draft {
  to: string
  /** Writes it, once the address may get another message; undefined when there is no reason for it any more. */
  write(): Promise<Message | undefined>
}

/** The address of an account, and when its owner has proved to read it. */
export interface AddressOfOwner {
  email: string | null
  emailVerifiedAt: Date | null
}

declare module 'fastify' {
  interface FastifyInstance {
    /** E-mail, where it is configured. Nothing here waits for a mail server. */
    mail: {
      /**
       * Sends a requested message after the current request is answered, if there is one and its address has not had
       * enough: nothing about it affects the time of the answer.
       * @throws {ApiError} `email_not_configured`, `email_busy`.
       */
      send(draft: () => Promise<Draft | undefined>): void
      /** The same for a request that has been carried out already: a full queue is only logged. */
      sendIfPossible(draft: () => Promise<Draft | undefined>): void
      /**
       * Sends a notice to an account's address, if it is verified: others may belong to a stranger. Never fails, does
       * nothing without a mail server.
       */
      notify(to: AddressOfOwner, message: Message): void
      /**
       * Sends what a person has asked for, to an address that is known to be verified, and says what became of it. Undefined
       * without a mail server.
       */
      deliver: ((message: AddressedMessage) => Promise<Delivery>) | undefined
    }
  }
}

export interface MailOptions {
  smtpUrl: string | undefined
  from: string
  /** The server's key for the hashes of addresses. */
  key: Buffer
  /** How long a stopping server continues sending, from the beginning of the close. */
  drainTimeoutMs?: number | undefined
}

/** The minimum: for the messages of requests that took until then. */
const minDrainMs = 200

export default fp<MailOptions>(
  async (app, { smtpUrl, from, key, drainTimeoutMs = 3_000 }) => {
    const warn = (reason: object) => app.log.warn({ reason }, 'an e-mail could not be sent')
    const outbox = smtpUrl === undefined ? undefined : startOutbox({ smtpUrl, from, warn })
    if (outbox) {
      app.reportMetric({
        name: 'mail_queue',
        help: 'E-mails that wait to be sent: those that somebody waits for, and notices',
        kind: 'gauge',
        by: 'kind',
        read: () => outbox.load.waiting,
      })
      app.reportMetric({
        name: 'mails_total',
        help: 'E-mails handed to the mail server, and those that could not be',
        kind: 'counter',
        by: 'outcome',
        read: () => outbox.load.ended,
      })
    }
    const quota = messageQuota(app.database, app.commitUnguarded, key)

    async function claim(address: string, kind: MessageKind) {
      const slot = await quota.claim(address, kind, app.now())
      if (!slot) app.log.info({ kind }, 'an e-mail was not sent: its address has got as many as it may in an hour')
      return slot
    }

    /** False when too many wait. */
    const post = (to: Outbox, draft: () => Promise<Draft | undefined>) =>
      to.post('awaited', async () => {
        const drafted = await draft()
        const slot = drafted && (await claim(drafted.to, 'awaited'))
        if (!slot) return undefined
        const message = await drafted.write()
        if (message) return { to: drafted.to, ...message }
        await app.commitUnguarded([slot.releaseWrite()])
        return undefined
      })

    app.decorate('mail', {
      send(draft) {
        if (!outbox) throw new ApiError('email_not_configured')
        if (!post(outbox, draft)) throw new ApiError('email_busy', undefined, { retryAfterMs: 60_000 })
      },
      sendIfPossible(draft) {
        if (outbox && !post(outbox, draft)) warn({ code: 'email_busy' })
      },
      notify({ email: to, emailVerifiedAt }, message) {
        if (!outbox || to === null || emailVerifiedAt === null) return
        const posted = outbox.post('notice', async () => (await claim(to, 'notice')) && { to, ...message })
        if (!posted) warn({ code: 'email_busy' })
      },
      deliver: outbox && (message => outbox.deliver(message)),
    })

    let deadline = 0
    app.addHook('preClose', async () => {
      deadline = performance.now() + drainTimeoutMs
    })
    app.addHook('onClose', async () => {
      const unsent = await outbox?.close(Math.max(minDrainMs, deadline - performance.now()))
      if (unsent) app.log.warn(`${unsent} e-mails were still unsent at shutdown`)
    })
  },
  // Closed before the database, which messages are read from.
  { name: 'mail', dependencies: ['clock', 'db', 'metrics'] },
)

import fp from 'fastify-plugin'
import { ApiError } from '../src/errors.ts'
import type { Message } from '../src/mail/messages.ts'
import { startOutbox, type Writer } from '../src/mail/outbox.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** E-mail, where it is configured. Nothing here waits for a mail server. */
    mail: {
      /**
       * Sends a requested message after the current request is answered: writing it does not affect the time of the
       * answer.
       * @throws {ApiError} `email_not_configured`, `email_busy`.
       */
      send(write: Writer): void
      /** Sends a notice to an address, if there is one; never fails, does nothing without a mail server. */
      notify(to: string | null, message: Message): void
    }
  }
}

export interface MailOptions {
  smtpUrl: string | undefined
  from: string
  /** How long a stopping server continues sending, from the beginning of the close. */
  drainTimeoutMs?: number
}

/** The minimum: for the messages of requests that took until then. */
const minDrainMs = 200

export default fp<MailOptions>(
  async (app, { smtpUrl, from, drainTimeoutMs = 3_000 }) => {
    const warn = (reason: object) => app.log.warn({ reason }, 'an e-mail could not be sent')
    const outbox = smtpUrl === undefined ? undefined : startOutbox({ smtpUrl, from, warn })

    app.decorate('mail', {
      send(write) {
        if (!outbox) throw new ApiError('email_not_configured')
        if (!outbox.post(write)) throw new ApiError('email_busy', undefined, { retryAfterMs: 60_000 })
      },
      notify(to, message) {
        if (!outbox || to === null) return
        if (!outbox.post(async () => ({ to, ...message }))) warn({ code: 'email_busy' })
      },
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
  { name: 'mail', dependencies: ['db'] },
)

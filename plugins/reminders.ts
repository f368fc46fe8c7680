import fp from 'fastify-plugin'
import { outcomes, reminderSender } from '../src/reminders/send-reminders.ts'
import { type Unsubscribing, unsubscribePath, unsubscribing } from '../src/reminders/unsubscribing.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Sends the reminders that are due. */
    sendReminders(stopping: AbortSignal): Promise<void>
    /** What a code of a link in a reminder turns off; undefined for what is none. */
    readUnsubscribing(code: string): Unsubscribing | undefined
  }
}

export interface RemindersOptions {
  /** The server's keys for the codes in links, the present one first. */
  keys: readonly [Buffer, ...Buffer[]]
  appUrl: string
  ownUrl: string
}

export default fp<RemindersOptions>(
  async (app, { keys, appUrl, ownUrl }) => {
    const codes = unsubscribing(keys)
    const sender = reminderSender({
      database: app.database,
      commit: app.commitUnguarded,
      now: app.now,
      mail: app.mail.deliver,
      push: app.push,
      links: (kind, user) => ({
        app: appUrl,
        unsubscribe: `${ownUrl}${unsubscribePath}${codes.codeOf({ kind, user })}`,
      }),
      failed: error => app.log.error(error, 'a reminder failed; retrying in an hour'),
    })
    app.reportMetric({
      name: 'reminders_total',
      help: 'Reminders and digests that were due, by what became of them',
      kind: 'counter',
      by: 'outcome',
      read: () => Object.fromEntries(outcomes.map(outcome => [outcome, sender.counts[outcome]])),
    })
    app.decorate('sendReminders', sender.sendDue)
    app.decorate('readUnsubscribing', codes.read)
  },
  { name: 'reminders', dependencies: ['clock', 'db', 'mail', 'metrics', 'push'] },
)

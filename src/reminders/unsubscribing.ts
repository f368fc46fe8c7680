import { openSealed, sealText } from '../auth/sealed-text.ts'
import { isUuid } from '../auth/secrets.ts'
import type { UserId } from '../ids.ts'
import { type ReminderKind, reminderKinds } from '../vocabulary.ts'

/** Where a link in a reminder leads, without its code. */
export const unsubscribePath = '/email/unsubscribe/'

/** Whose e-mails of which kind a code turns off: that is all it can do. */
export interface Unsubscribing {
  kind: ReminderKind
  user: UserId
}

/**
 * Codes of links that turn off a kind of e-mail, for whoever has them: sealed and not stored, so that they work for as long as
 * the e-mail is kept, and say nothing to others.
 * @param keys the present one first, then those that have sealed older e-mails.
 */
export function unsubscribing(keys: readonly [Buffer, ...Buffer[]]) {
  return {
    codeOf: ({ kind, user }: Unsubscribing): string => sealText(`${kind} ${user}`, keys[0]),

    /** What a code is for; undefined for what is none of ours. */
    read(code: string): Unsubscribing | undefined {
      const [said, user] = (openSealed(code, keys) ?? '').split(' ')
      const kind = reminderKinds.find(kind => kind === said)
      return kind && isUuid(user) ? { kind, user: user as UserId } : undefined
    },
  }
}

/** What makes a mail program offer one-click unsubscribing, RFC 8058. */
export function oneClick(link: string) {
  return { 'List-Unsubscribe': `<${link}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }
}

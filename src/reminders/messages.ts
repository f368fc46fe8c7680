import type { Message } from '../mail/messages.ts'
import { oneClick } from './unsubscribing.ts'

/** The links of an e-mail that people have asked for. */
export interface Links {
  /** Opens the app. */
  app: string
  /** Turns this kind of e-mail off. */
  unsubscribe: string
}

/** What a push says: the same to everybody. */
export const streakPush = {
  kind: 'streak_at_risk',
  title: 'Your streak is at risk',
  body: 'Nothing is logged for today yet.',
}

/**
 * To a person with a streak who has logged nothing today. The subject is on lock screens, and says no more than that.
 * @param streak its length in days.
 * @param at the local time that they have set.
 */
export function streakMessage(streak: number, at: string, links: Links): Message {
  return {
    subject: 'Nothing logged yet today',
    text: `${[
      'Hello,',
      `You have not logged a mood today. Log one before your day ends, and your streak of ${daysOf(streak)} goes on:`,
      links.app,
      `You get this e-mail because you set a reminder for ${at}. To turn it off, open this link:`,
      links.unsubscribe,
      'moodstreak',
    ].join('\n\n')}\n`,
    headers: oneClick(links.unsubscribe),
  }
}

export const daysOf = (n: number) => (n === 1 ? '1 day' : `${n} days`)

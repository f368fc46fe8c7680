import type { Commit, Database } from '../db/database.ts'
import type { UserId } from '../ids.ts'
import type { AddressedMessage, Delivery } from '../mail/outbox.ts'
import type { DayNumber } from '../moods/calendar.ts'
import { historyCache } from '../moods/histories.ts'
import { moodStore } from '../moods/mood-store.ts'
import type { VersionedOutline } from '../moods/outline.ts'
import { describeStreak, viewpoint } from '../moods/streak-details.ts'
import type { PushMessage, PushOutcome } from '../push/push-service.ts'
import { type MayRead, statisticsStore } from '../statistics/person.ts'
import { turnTaker } from '../streaming/turns.ts'
import type { ReminderKind } from '../vocabulary.ts'
import { type Digest, digestMessage } from './digest.ts'
import { type Claim, type DueReminder, dueReminders, scheduleOf } from './due-reminders.ts'
import { type Links, streakMessage, streakPush } from './messages.ts'
import { dueDay, endOf, nextDue } from './schedule.ts'

const minuteMs = 60_000

/** People whose reminders are sent at a time: a slow push service holds up one of them. */
const maxInFlight = 8
/** Between two looks at one while the mail server cannot be reached, or after a failure of ours. */
const [outageRetryMs, errorRetryMs] = [5 * minuteMs, 60 * minuteMs]
/** After the first failure of one; it doubles, up to an hour. */
const firstRetryMs = 5 * minuteMs
const maxAttempts = 8
/** The days that a finding of the digest is from. */
const findingDays = 365
/** Of histories: each is wanted once. */
const maxCachedBytes = 64 * 1024
/** Nothing of others: the title of a sequence is its author's, who could write to readers of e-mail by it. */
const mayRead: MayRead = { tasks: true, practices: false }

export interface ReminderChannels {
  /** Undefined where there is no mail server. */
  mail: ((message: AddressedMessage) => Promise<Delivery>) | undefined
  push: {
    reaches(user: UserId): Promise<boolean>
    send(user: UserId, message: PushMessage): Promise<PushOutcome>
  }
}

export interface ReminderSenderOptions extends ReminderChannels {
  database: Database
  commit: Commit
  /** Epoch ms. */
  now: () => number
  /** Those of the e-mails of a kind to a person. */
  links: (kind: ReminderKind, user: UserId) => Links
  /** Gets what went wrong with one person's reminder. */
  failed: (error: unknown) => void
}

/** What became of the reminders that were due. */
export const outcomes = ['sent', 'not_needed', 'delayed', 'given_up'] as const
export type Outcome = (typeof outcomes)[number]

/** Something to send, decided by a version of the person's moods. */
interface Content {
  version: number
  message: (links: Links) => {
    subject: string
    text: string
    html?: string
    headers?: Readonly<Record<string, string>>
  }
}

/**
 * Sends the reminders that are due, each at most once whatever the number of nodes: it is claimed before it is sent, given
 * back after a failure that certainly sent nothing, and lost with a node that dies in between (docs/decisions/reminders.md).
 */
export function reminderSender({ database, commit, now, mail, push, links, failed }: ReminderSenderOptions) {
  const store = dueReminders(database)
  const moods = moodStore(database)
  const statistics = statisticsStore(database, turnTaker())
  const histories = historyCache(
    { read: moods.history, keep: moods.keepSnapshot.bind(undefined, commit) },
    maxCachedBytes,
  )
  const counts: Record<Outcome, number> = { sent: 0, not_needed: 0, delayed: 0, given_up: 0 }

  /** The state of one run. */
  interface Run {
    /** Until the next run: asking it again for each person would take ten seconds each time. */
    mailIsDown: boolean
  }

  async function handle(reminder: DueReminder, run: Run): Promise<Outcome | undefined> {
    const at = now()
    const schedule = scheduleOf(reminder)
    const next = (doneFor = reminder.doneFor) => nextDue({ ...schedule, doneFor }, reminder, at)
    const day = dueDay(schedule, reminder, at)
    const notNeeded = async () => {
      await store.move(reminder, next())
      return 'not_needed' as const
    }
    if (day === undefined || reminder.disabledAt !== null) return notNeeded()
    const email = mail ? reminder.email : null
    const pushes = reminder.kind === 'streak_at_risk' && (await push.reaches(reminder.userId))
    if (email === null && !pushes) return notNeeded()
    if (run.mailIsDown && !pushes) {
      await store.move(reminder, at + outageRetryMs)
      return 'delayed'
    }
    const content = await contentOf(reminder, day, at)
    if (!content) return notNeeded()
    const wanted = { day, version: content.version, email, next: next(day) }
    const claim = await store.claim(commit, reminder, wanted)
    // Another node has it, or the person has just logged, or changed something: it is looked at again.
    if (!claim) return undefined
    return send(claim, day, content, { email, pushes }, run)
  }

  async function send(
    claim: Claim,
    day: DayNumber,
    content: Content,
    { email, pushes }: { email: string | null; pushes: boolean },
    run: Run,
  ): Promise<Outcome> {
    const { reminder } = claim
    const { userId, kind, attempts } = reminder
    const over = endOf(kind, day, reminder)
    let result: Delivery | PushOutcome = 'gone'
    if (pushes) {
      const ttlSeconds = Math.max(60, Math.ceil((over - now()) / 1_000))
      result = await push.send(userId, { payload: streakPush, ttlSeconds, topic: 'streak' })
    }
    if (email !== null && mail && (result === 'gone' || result === 'refused')) {
      result = await mail({ to: email, ...content.message(links(kind, userId)) })
    }
    if (result === 'unreachable') {
      run.mailIsDown = true
      await store.release(claim, now() + outageRetryMs, attempts)
      return 'delayed'
    }
    const isTemporary = result === 'deferred' || (result === 'refused' && email === null)
    const retryAt = now() + Math.min(60 * minuteMs, firstRetryMs * 2 ** attempts)
    if (isTemporary && attempts + 1 < maxAttempts && retryAt < over) {
      await store.release(claim, retryAt, attempts + 1)
      return 'delayed'
    }
    if (attempts > 0) await store.settle(claim)
    return result === 'accepted' ? 'sent' : 'given_up'
  }

  async function contentOf(reminder: DueReminder, day: DayNumber, at: number): Promise<Content | undefined> {
    const { userId, moodVersion, moodHistory, ownTimezone, dayStartsAt } = reminder
    const row = { moodVersion, moodHistory, timezone: ownTimezone }
    const history = await histories.at(userId, moodVersion, row)
    if (!history) return undefined
    const view = viewpoint(undefined, { timezone: ownTimezone ?? undefined, dayStartsAt }, undefined, at)
    const { streak, streak_details: details } = describeStreak(history, view)
    if (reminder.kind === 'streak_at_risk') {
      if (details.status !== 'at_risk') return undefined
      return { version: history.version, message: links => streakMessage(streak, reminder.at, links) }
    }
    const digest = await digestOf(reminder, day - 7, history, { streak, longest: details.longest.length })
    return digest && { version: history.version, message: links => digestMessage(digest, links) }
  }

  /** The week before; undefined when nothing was logged in it: those who have left are left in peace. */
  async function digestOf(
    { userId, timezone, dayStartsAt }: DueReminder,
    monday: DayNumber,
    { runs }: VersionedOutline,
    facts: Pick<Digest, 'streak' | 'longest'>,
  ): Promise<Digest | undefined> {
    const week = { from: monday, to: monday + 6 }
    if (!runs.some(({ from, to }) => from <= week.to && to >= week.from)) return undefined
    const days = await statistics.calendar(userId, week)
    const year = { from: week.to - findingDays + 1, to: week.to, timezone, dayStartsAt }
    const { associations } = await statistics.of(userId, year, mayRead)
    return { ...facts, monday, days, finding: associations.find(({ found }) => found) }
  }

  async function attempt(reminder: DueReminder, run: Run) {
    try {
      const outcome = await handle(reminder, run)
      if (outcome) counts[outcome]++
    } catch (error) {
      failed(error)
      // So that one person's fault does not come first in every run.
      await store.move(reminder, now() + errorRetryMs).catch(failed)
    }
  }

  return {
    /** What became of them since the start. */
    counts,

    /**
     * Sends all that is due now. One person's failure is nobody else's.
     * @param stopping ends it after those that are being sent.
     * @throws {Unavailable}
     */
    async sendDue(stopping: AbortSignal): Promise<void> {
      const at = now()
      const run: Run = { mailIsDown: false }
      let batch = await store.due(at)
      while (batch.length > 0) {
        const waiting = batch.values()
        // They share one iterator: each takes the next when it is done with the last.
        const takeTurns = async () => {
          for (const reminder of waiting) {
            if (stopping.aborted) return
            await attempt(reminder, run)
          }
        }
        await Promise.all(Array.from({ length: maxInFlight }, takeTurns))
        if (stopping.aborted) return
        batch = await store.due(at, batch.at(-1))
      }
    },
  }
}

import { eq, sql } from 'drizzle-orm'
import { eq as equals } from '../../src/db/conditions.ts'
import type { WritableDatabase } from '../../src/db/database.ts'
import { columnsOf, insertInto, updateOf } from '../../src/db/statements.ts'
import { type EntryId, newId, type UserId } from '../../src/ids.ts'
import type { Delivery } from '../../src/mail/outbox.ts'
import { formatDay, todayIn } from '../../src/moods/calendar.ts'
import { reminderSettings } from '../../src/reminders/reminder-settings.ts'
import { digestTime } from '../../src/reminders/schedule.ts'
import { reminderSender } from '../../src/reminders/send-reminders.ts'
import { userStore } from '../../src/users/users.ts'
import { chance } from '../insight/worlds.ts'

/**
 * Weeks of reminders on a simulated clock: people in many zones who log by chance, nodes on one database that all look at
 * once, without the lease that lets one of them run in production, and are killed while they send. What should have been
 * sent is known from the people's own diaries, by the wall clock of `Intl` and nothing of what decides it here.
 */

export interface World {
  people: number
  days: number
  /** RFC 3339. */
  from: string
  seed: number
  /** The simulated time between two looks of a node. */
  stepMinutes: number
  /** How probable it is that a node dies while it sends one. */
  deaths: number
}

/** Those that change their clocks within the days are in here, north and south, and some that never do. */
const zones =
  'Europe/Berlin Europe/London Europe/Lisbon Europe/Helsinki Europe/Moscow Africa/Cairo Africa/Nairobi Africa/Casablanca Asia/Jerusalem Asia/Beirut Asia/Kolkata Asia/Kathmandu Asia/Tokyo Asia/Shanghai Australia/Sydney Australia/Lord_Howe Australia/Adelaide Pacific/Auckland Pacific/Chatham Pacific/Kiritimati Pacific/Honolulu America/New_York America/Chicago America/Denver America/Los_Angeles America/St_Johns America/Santiago America/Sao_Paulo America/Havana UTC'.split(
    ' ',
  )

interface Someone {
  id: UserId
  email: string
  timezone: string
  verified: boolean
  reminderAt: string
  logged: Set<number>
  /** When the last one was, on the simulated clock. */
  loggedAt: number
}

type Sent = Map<string, number>

const minuteMs = 60_000

export async function simulate(database: WritableDatabase, open: () => Promise<WritableDatabase>, world: World) {
  const random = chance(world.seed)
  const start = Date.parse(world.from)
  let clock = start
  const settings = reminderSettings(database)
  const people: Someone[] = []
  const { users } = database.tables
  for (let n = 0; n < world.people; n++) {
    const timezone = zones[n % zones.length] as string
    const email = `person${n}@example.org`
    const fields = { username: `person${n}`, email, firstName: null, lastName: null, passwordHash: null, timezone }
    const { id, writes } = userStore(database).create({ ...fields, role: 'member' }, start)
    const reminderAt = `${String(17 + Math.floor(random() * 7)).padStart(2, '0')}:${random() < 0.5 ? '00' : '30'}`
    const verified = random() < 0.9
    const days = { timezone, dayStartsAt: 0 }
    const times = { streak_at_risk: reminderAt, digest: digestTime }
    await database.atomic([...writes, ...settings.settingWrites(id, [], times, { days, moved: false }, start)])
    people.push({ id, email, timezone, verified, reminderAt, logged: new Set(), loggedAt: 0 })
  }
  for (const { id, verified } of people)
    if (verified)
      await database.query(db =>
        db
          .update(users)
          .set({ emailVerifiedAt: new Date(start) })
          .where(eq(users.id, id)),
      )

  const { moods } = database.tables
  const insert = database.prepare('simulated_mood', columnsOf(moods), (db, row) => insertInto(db, moods, row))
  const raise = database.prepare('simulated_version', { id: users.id }, (db, { id }) =>
    updateOf(db, users, { moodVersion: sql`${users.moodVersion} + 1` }).where(equals(users.id, id)),
  )

  const sent: Sent = new Map()
  const lost = new Set<string>()
  const raced = new Set<string>()
  const counts = {
    sent: 0,
    twice: 0,
    afterLogging: 0,
    loggedMeanwhile: 0,
    toUnverified: 0,
    deaths: 0,
    mailDownMinutes: 0,
  }
  const byEmail = new Map(people.map(person => [person.email, person]))
  let mailIsDown = false

  const keyOf = ({ email, timezone }: Someone, kind: string) => {
    const today = todayIn(timezone, 0, clock)
    return `${kind} ${email} ${kind === 'digest' ? today - ((today + 3) % 7) : today}`
  }

  /** A node: a connection and a process of its own, as far as one process has several. */
  async function startNode() {
    const own = await open()
    let kill = () => {}
    const killed = new Promise<'killed'>(resolve => {
      kill = () => resolve('killed')
    })
    const never = new Promise<never>(() => {})
    let isDead = false
    const die = () => {
      counts.deaths++
      isDead = true
      kill()
      return never
    }
    async function mail({ to, subject }: { to: string; subject: string }): Promise<Delivery> {
      const person = byEmail.get(to) as Someone
      const kind = subject.includes('week') ? 'digest' : 'streak_at_risk'
      const key = keyOf(person, kind)
      if (isDead) {
        lost.add(key)
        return never
      }
      if (random() < world.deaths / 2) {
        lost.add(key)
        return die()
      }
      await Promise.resolve()
      if (mailIsDown) return 'unreachable'
      if (!person.verified) counts.toUnverified++
      const today = todayIn(person.timezone, 0, clock)
      if (kind === 'streak_at_risk' && person.logged.has(today)) {
        // Within the same step it may have been logged after the claim.
        if (person.loggedAt === clock) counts.loggedMeanwhile++
        else counts.afterLogging++
        raced.add(key)
      }
      counts.sent++
      const before = sent.get(key) ?? 0
      if (before > 0) counts.twice++
      sent.set(key, before + 1)
      // It has arrived, and the node that sent it does not hear so.
      if (random() < world.deaths / 2) return die()
      return 'accepted'
    }
    const sender = reminderSender({
      database: own,
      commit: (writes, relation) => (isDead ? never : own.atomic(writes, relation)),
      now: () => clock,
      mail,
      push: { reaches: async () => false, send: async () => 'gone' },
      links: () => ({ app: 'https://app.example.org', unsubscribe: 'https://mood.example.org/x' }),
      failed: error => {
        throw error
      },
    })
    return { own, run: () => Promise.race([sender.sendDue(new AbortController().signal), killed]) }
  }

  const nodes = [await startNode(), await startNode()]
  const dead: WritableDatabase[] = []
  const expected = new Set<string>()

  const end = start + world.days * 24 * 60 * minuteMs
  for (; clock < end; clock += world.stepMinutes * minuteMs) {
    // An outage of half an hour a day.
    const minute = ((clock - start) / minuteMs) % 1440
    mailIsDown = minute >= 600 && minute < 630
    if (mailIsDown) counts.mailDownMinutes += world.stepMinutes
    await Promise.all([
      ...people.filter(() => random() < 0.0125 * (world.stepMinutes / 15)).map(log),
      ...nodes.map(turn),
    ])
    for (const person of people) note(person)
  }
  for (const { own } of nodes) await own.close()
  for (const own of dead) await own.close()
  const missing = [...expected].filter(key => !sent.has(key))
  const unexpected = [...sent.keys()].filter(key => !expected.has(key) && !raced.has(key))
  return {
    ...counts,
    expected: expected.size,
    diedWith: missing.filter(key => lost.has(key)).length,
    missing: missing.filter(key => !lost.has(key)),
    unexpected,
    digests: [...sent.keys()].filter(key => key.startsWith('digest')).length,
  }

  async function turn(_node: unknown, i: number) {
    if ((await (nodes[i] as (typeof nodes)[number]).run()) !== 'killed') return
    // What it was about to do.
    for (let n = 0; n < 5; n++) await new Promise(resolve => setImmediate(resolve))
    dead.push((nodes[i] as (typeof nodes)[number]).own)
    nodes[i] = await startNode()
  }

  /** A mood, as far as reminders know of it. */
  async function log(person: Someone) {
    const today = todayIn(person.timezone, 0, clock)
    if (person.logged.has(today)) return
    const at = new Date(clock)
    const times = { occurredAt: at, sortAt: at, createdAt: at, updatedAt: at, loggedAt: at }
    const facts = { dateSource: 'profile', mood: 5, valence: 0, note: null, tags: [], digest: null } as const
    const counters = { revision: 1, onTime: true, bytes: 0, version: 0 }
    const key = { userId: person.id, id: newId<EntryId>(), date: formatDay(today), timezone: person.timezone }
    await database.atomic([
      raise.asWrite({ id: person.id }),
      insert.asWrite({ ...key, ...times, ...facts, tags: [], ...counters }),
    ])
    person.logged.add(today)
    person.loggedAt = clock
  }

  /** What should have been sent by the person's own wall clock. */
  function note(person: Someone) {
    const { hour, minute, weekday, day } = wallOf(person.timezone, clock)
    const reached = (time: string) => hour * 60 + minute >= Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
    if (!person.verified) return
    // Sent and logged in one step, in this order: what is written in `raced` by `mail` is the other one.
    if (person.loggedAt === clock && sent.has(keyOf(person, 'streak_at_risk')))
      raced.add(keyOf(person, 'streak_at_risk'))
    if (reached(person.reminderAt) && !person.logged.has(day) && person.logged.has(day - 1)) {
      const key = keyOf(person, 'streak_at_risk')
      // Where the mail server is down until the day is over, nothing can be sent.
      if (!mailIsDown) expected.add(key)
    }
    if (weekday === 'Mon' && reached(digestTime) && [1, 2, 3, 4, 5, 6, 7].some(n => person.logged.has(day - n)))
      expected.add(keyOf(person, 'digest'))
  }
}

const clocks = new Map<string, Intl.DateTimeFormat>()
function wallOf(timezone: string, at: number) {
  let format = clocks.get(timezone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      weekday: 'short',
    })
    clocks.set(timezone, format)
  }
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  return {
    hour: Number(part.hour),
    minute: Number(part.minute),
    weekday: part.weekday,
    day: Date.UTC(Number(part.year), Number(part.month) - 1, Number(part.day)) / 86_400_000,
  }
}

import { v5 as uuidv5 } from 'uuid'
import { startPasswords } from '../auth/passwords.ts'
import { personalTokenStore } from '../auth/personal-tokens.ts'
import { readConfig } from '../config.ts'
import type { WritableDatabase } from '../db/database.ts'
import { type DemoMood, demoDeleted, demoFirstNote, demoMoods } from '../demo/moods.ts'
import { demoPractices, demoPracticesBefore, demoSequences } from '../demo/sequences.ts'
import { demoTasks } from '../demo/tasks.ts'
import { type EntryId, newId, type SequenceId, type TaskId, type UserId } from '../ids.ts'
import { type DayNumber, formatDay, startOfDay, todayIn } from '../moods/calendar.ts'
import type { FoundEntry } from '../moods/entry-row.ts'
import { moodStore } from '../moods/mood-store.ts'
import { defaultScale } from '../moods/mood-value.ts'
import { newEntry } from '../moods/submission.ts'
import { writtenInstant } from '../moods/written-instant.ts'
import { profileStore } from '../profile/profiles.ts'
import { reminderSettings } from '../reminders/reminder-settings.ts'
import { taskStore } from '../tasks/task-store.ts'
import { openUpgraded } from '../upgrades/open-upgraded.ts'
import { userStore } from '../users/users.ts'
import { totalSeconds } from '../yoga/items.ts'
import { practiceStore } from '../yoga/practice-store.ts'
import { sequenceStore } from '../yoga/sequence-store.ts'

const timezone = 'Europe/Berlin'
const days = 730
/** How far back the notes have been edited. */
const revisedDays = 60
const hourMs = 3_600_000
const tokenMs = 90 * 24 * hourMs
const demoReminder = { streak_at_risk: '20:30' }

async function demoUser(database: WritableDatabase, cost: number, now: number): Promise<UserId> {
  const users = userStore(database)
  const passwords = startPasswords(cost)
  try {
    const known = await users.findLogin('demo')
    if (!known) {
      const id = await addUser(database, await passwords.hash('password'), now)
      await addDeleted(database, id, now)
      return id
    }
    if (await passwords.verify('password', known.passwordHash)) return known.id
    throw new Error('an account named demo with another password exists; it was left unchanged')
  } finally {
    await passwords.close()
  }
}

async function addUser(database: WritableDatabase, passwordHash: string, now: number): Promise<UserId> {
  const { id, writes } = userStore(database).create(
    { username: 'demo', email: null, firstName: 'Demo', lastName: null, role: 'instructor', passwordHash, timezone },
    now,
  )
  await database.atomic(writes)
  const profile = {
    occupation: 'Yoga teacher',
    country: 'Germany',
    description: 'Invented, like all of these moods.',
    github: 'https://github.com/demo',
  }
  const days = { timezone, dayStartsAt: 0 }
  const reminder = reminderSettings(database).settingWrites(id, [], demoReminder, { days, moved: false }, now)
  // Nobody knows its secret: it is there to be seen.
  const token = { name: 'Export every night', scopes: ['mood:read' as const], expiresAt: new Date(now + tokenMs) }
  const more = [...reminder, personalTokenStore(database).create(id, token, now).write]
  await profileStore(database).update(database.atomic, id, profile, now, more)
  return id
}

/** What the API would make of an invented mood. */
function entryOf(day: DayNumber, { mood, note, tags, minute }: DemoMood, now: number) {
  const instant = startOfDay(day, timezone, 0) + minute * 60_000
  const submission = { mood, note, tags, occurredAt: writtenInstant(instant), loggedAt: new Date(instant) }
  return { instant, fields: newEntry(submission, { settings: { timezone, dayStartsAt: 0, scale: defaultScale }, now }) }
}

async function addMoods(database: WritableDatabase, user: UserId, now: number): Promise<number> {
  const moods = moodStore(database)
  const today = todayIn(timezone, 0, now)
  let added = 0
  for (let day = today - days; day <= today; day++) {
    for (const [n, demo] of demoMoods(day, today - day).entries()) {
      const { instant, fields } = entryOf(day, demo, now)
      if (instant > now) continue
      const id = uuidv5(`${fields.day} ${n}`, user) as EntryId
      if (await moods.find(user, id)) continue
      const firstNote = today - day < revisedDays ? demoFirstNote(demo) : undefined
      await moods.add(database.atomic, user, { ...fields, note: firstNote ?? fields.note, id, digest: null }, now)
      const found = firstNote && (await moods.find(user, id))
      if (found) await moods.replace(database.atomic, user, found, fields, Math.min(now, instant + hourMs))
      added++
    }
  }
  return added
}

/** Entries in the trash. */
async function addDeleted(database: WritableDatabase, user: UserId, now: number): Promise<void> {
  const moods = moodStore(database)
  const today = todayIn(timezone, 0, now)
  for (const { daysAgo, ...demo } of demoDeleted) {
    const { fields } = entryOf(today - daysAgo, demo, now)
    const id = newId<EntryId>()
    await moods.add(database.atomic, user, { ...fields, id, digest: null }, now)
    const found = (await moods.find(user, id)) as FoundEntry
    await moods.remove(database.atomic, user, found, { now, permanently: false })
  }
}

async function addTasks(database: WritableDatabase, user: UserId, now: number): Promise<number> {
  const tasks = taskStore(database)
  const today = todayIn(timezone, 0, now)
  const morning = (ago: number) => startOfDay(today - ago, timezone, 0) + 8 * 3_600_000
  let added = 0
  for (const [n, { title, description, madeAgo, doneAgo, dueIn }] of demoTasks.entries()) {
    const id = uuidv5(`task ${n}`, user) as TaskId
    if (await tasks.find(user, id)) continue
    const completedAt = doneAgo === null ? null : new Date(morning(doneAgo))
    const dueOn = dueIn === null ? null : formatDay(today + dueIn)
    const task = { id, title, description, completedAt, dueOn, digest: null }
    await database.atomic(tasks.creation(user, task, morning(madeAgo)).writes)
    added++
  }
  return added
}

async function addSequences(database: WritableDatabase, user: UserId, now: number): Promise<number> {
  const [sequences, practices] = [sequenceStore(database), practiceStore(database)]
  const today = todayIn(timezone, 0, now)
  const practised = [...demoPractices, ...demoPracticesBefore(today)]
  const idOf = (n: number) => uuidv5(`sequence ${n}`, user) as SequenceId
  let added = 0
  for (const [n, fields] of demoSequences.entries()) {
    if (await sequences.find(user, idOf(n))) continue
    const mine = practised.filter(({ sequence }) => sequence === n)
    const practiceWrites = mine.flatMap(({ daysAgo, note }) => {
      const date = formatDay(today - daysAgo)
      const practice = {
        date,
        note,
        sequenceId: idOf(n),
        title: fields.title,
        totalSeconds: totalSeconds(fields.poses),
      }
      return practices.create(user, practice, now).writes
    })
    await database.atomic([...sequences.create(user, fields, now, null, idOf(n)).writes, ...practiceWrites])
    added++
  }
  return added
}

/**
 * Adds the account demo / password with two years of moods, ten tasks and yoga sequences. Run again, it adds the days
 * since. The password would be refused at sign-up; here it is meant to be easy to remember.
 * @param args `--force` allows it in production.
 * @param env the variables (`process.env`).
 * @param options.now what the moods lie before: epoch ms.
 * @param options.dotenv whether `.env` in the working folder fills in what is absent.
 * @returns the message to the operator.
 * @throws {Error} in production, or where another person has the name.
 */
export async function seedDemo(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { now, dotenv = false }: { now: number; dotenv?: boolean },
): Promise<string> {
  const config = readConfig(env, dotenv)
  if (config.production && !args.includes('--force')) {
    throw new Error(
      'this is production, and the password of the demo account is public (to seed anyway: npm run seed -- --force)',
    )
  }
  const database = await openUpgraded(config.databaseUrl)
  try {
    const user = await demoUser(database, config.bcryptCost, now)
    const [moods, tasks] = [await addMoods(database, user, now), await addTasks(database, user, now)]
    const sequences = await addSequences(database, user, now)
    return `The account "demo" (password: "password") is ready. Added ${moods} moods, ${tasks} tasks and ${sequences} sequences.`
  } finally {
    await database.close()
  }
}

import { hash } from 'bcryptjs'
import { v7 as uuidv7 } from 'uuid'
import type { BoundWrite, Commit, WritableDatabase } from '../src/db/database.ts'
import type { EntryId, TaskId, UserId } from '../src/ids.ts'
import { type MoodStore, moodStore } from '../src/moods/mood-store.ts'
import { defaultScale } from '../src/moods/mood-value.ts'
import { newEntry } from '../src/moods/submission.ts'
import { taskStore } from '../src/tasks/task-store.ts'
import { userStore } from '../src/users/users.ts'
import type { Group } from './crowd/scenarios.ts'

/** A user whose moods are read or added to. */
export interface Person {
  username: string
  entries: number
  perDay: number
  /** The number of tasks; none when absent. */
  tasks?: number
}

/** The users in the database. The writer is a separate user, so that the others' data does not change. */
export const people = {
  beginner: { username: 'beginner', entries: 20, perDay: 1 },
  regular: { username: 'regular', entries: 3_650, perDay: 1, tasks: 1_000 },
  eager: { username: 'eager', entries: 100_000, perDay: 12 },
  writer: { username: 'writer', entries: 3_650, perDay: 1 },
} as const satisfies Record<string, Person>

/** The users whom a crowd is copied from, by group. */
export const templates = {
  crowd: { username: 'one-of-the-crowd', entries: 60, perDay: 1 },
  long: { username: 'one-with-a-long-history', entries: 3_650, perDay: 1 },
} as const satisfies Record<Group, Person>

/** One more user per connection, for scenarios with many users. */
export const crowd: readonly Person[] = Array.from({ length: 16 }, (_, n) => ({
  username: `writer-${n}`,
  entries: 20,
  perDay: 1,
}))

export const password = 'correct horse battery'

const timezone = 'Europe/Berlin'
const settings = { timezone, dayStartsAt: 0, scale: defaultScale }
const msPerDay = 86_400_000
/** A gap at this interval of days, so that there are several runs. */
const gapEvery = 97
/** Writes per transaction. */
const batchSize = 10_000

/**
 * Creates the users, their moods and their tasks, up to today, through the API's own stores, but in larger batches.
 * @param now epoch ms.
 * @returns the users' ids by name.
 */
export async function addPeople(database: WritableDatabase, now: number): Promise<Map<string, string>> {
  const ids = new Map<string, string>()
  const users = userStore(database)
  const batch: BoundWrite<unknown>[] = []
  // Its transactions are only collected: a commit per entry would take half a minute.
  const collect: Commit = async writes => void batch.push(...writes)
  const moods = moodStore(database)
  const tasks = taskStore(database)
  const passwordHash = await hash(password, 10)

  for (const person of [...Object.values<Person>(people), ...Object.values<Person>(templates), ...crowd]) {
    const user = users.create(
      {
        username: person.username,
        email: null,
        firstName: null,
        lastName: null,
        role: 'member',
        passwordHash,
        timezone,
      },
      now - 3_650 * msPerDay,
    )
    ids.set(person.username, user.id)
    batch.push(...user.writes)
    for (const { back, at } of momentsOf(person, now)) {
      await addEntry(moods, collect, user.id, back, at)
      if (batch.length >= batchSize) await database.atomic(batch.splice(0))
    }
    for (let back = 0; back < (person.tasks ?? 0); back++) {
      batch.push(...tasks.creation(user.id, taskOf(back, now), now - back * 3_600_000).writes)
    }
  }
  await database.atomic(batch)
  return ids
}

/** The days of a user's entries, oldest first. `back` counts from the newest entry, which everyone's entry 0 is. */
function* momentsOf({ entries, perDay }: Person, now: number) {
  for (let back = entries - 1; back >= 0; back--) {
    const daysBack = Math.floor(back / perDay)
    const gaps = Math.floor(daysBack / gapEvery)
    yield { back, at: now - (daysBack + gaps) * msPerDay - (back % perDay) * 60_000 }
  }
}

/** The same content for everyone's n-th newest entry, so that pages of different people have the same size. */
async function addEntry(moods: MoodStore, commit: Commit, user: UserId, back: number, at: number) {
  const mood = back % 5 === 4 ? pick(labels, back) : (back * 7) % 11
  const note = back % 4 === 3 ? null : pick(notes, back)
  const fields = newEntry({ mood, note, tags: pick(tagSets, back) }, { settings, now: at })
  await moods.add(commit, user, { ...fields, id: uuidv7({ msecs: at }) as EntryId, digest: null }, at)
}

/** The n-th newest task of any user. */
function taskOf(back: number, now: number) {
  return {
    id: uuidv7({ msecs: now - back * 3_600_000 }) as TaskId,
    title: pick(titles, back),
    description: back % 3 === 0 ? pick(notes, back) : null,
    completedAt: back % 2 === 0 ? new Date(now) : null,
    dueOn: back % 4 === 3 ? null : new Date(now + (30 - (back % 60)) * msPerDay).toISOString().slice(0, 10),
    digest: null,
  }
}

function pick<T>(choices: readonly T[], n: number): T {
  return choices[(n * 31) % choices.length] as T
}

const labels = ['happy', 'tired', 'anxious', 'calm', 'so-so', 'wistful']
const titles = ['Call the dentist', 'Buy milk', 'Übungsplan for Thursday', 'Write to Aunt Réka', 'Repot the monstera']
const notes = [
  'Slept well, long walk before work. The kids were easy this morning and the train was on time for once.',
  'Headache.',
  'Talked to Maya for an hour; we will try the mountains in May. Cooked, read, early to bed.',
  'Deadline moved up again – “just two days”. Skipped lunch, too much coffee, could not switch off in the evening.',
  'Nothing special',
  'First run in weeks: 5 km in the rain 🌧️. Legs are heavy, head is light.',
  'Argued about the dishes, made up over tea.',
]
const tagSets = [['sleep', 'walk'], ['work'], ['friends', 'food', 'Reading'], [], ['work', 'stress', 'coffee'], ['run']]

import { v5 as uuidv5 } from 'uuid'
import { startPasswords } from './auth/passwords.ts'
import { readConfig } from './config.ts'
import type { Database } from './db/database.ts'
import { openDatabase } from './db/open.ts'
import { demoMoods } from './demo/moods.ts'
import { exitWith } from './exit.ts'
import { dayOf, startOfDay, todayIn } from './moods/calendar.ts'
import { dateEntry } from './moods/dating.ts'
import { defaultScale, valenceOf } from './moods/mood-value.ts'
import { moodStore } from './moods/moods.ts'
import { userStore } from './users/users.ts'

/** `npm run seed`: the account demo / password with two years of moods. Run again, it adds the days since. */

const timezone = 'Europe/Berlin'
const days = 730

async function demoUser(database: Database, cost: number): Promise<string> {
  const users = userStore(database)
  const passwords = startPasswords(cost)
  try {
    const known = await users.findLogin('demo')
    if (!known) return await addUser(database, await passwords.hash('password'))
    if (await passwords.verify('password', known.passwordHash)) return known.id
    throw new Error('somebody here is called demo and has a password of their own; their account is left alone')
  } finally {
    await passwords.close()
  }
}

async function addUser(database: Database, passwordHash: string): Promise<string> {
  const { id, writes } = userStore(database).create(
    { username: 'demo', email: null, firstName: 'Demo', lastName: null, role: 'instructor', passwordHash, timezone },
    Date.now(),
  )
  await database.atomic(writes)
  return id
}

async function addMoods(database: Database, user: string): Promise<number> {
  const moods = moodStore(database)
  const now = Date.now()
  const today = todayIn(timezone, 0, now)
  let added = 0
  for (let day = today - days; day <= today; day++) {
    for (const [n, { mood, note, tags, minute }] of demoMoods(day, today - day).entries()) {
      const instant = startOfDay(day, timezone, 0) + minute * 60_000
      if (instant > now) continue
      const dated = dateEntry({ occurredAt: new Date(instant).toISOString() }, { timezone, dayStartsAt: 0 }, now)
      const entry = { ...dated, mood, note, tags, valence: valenceOf(mood, defaultScale), digest: null }
      const id = uuidv5(`${dayOf(dated.date)} ${n}`, user)
      if (await moods.find(user, id)) continue
      await moods.add(user, { ...entry, id }, now)
      added++
    }
  }
  return added
}

try {
  const config = readConfig(process.env, true)
  if (config.production && !process.argv.includes('--force')) {
    throw new Error(
      'this is production, where an account whose password everybody knows does not belong (npm run seed -- --force)',
    )
  }
  const database = await openDatabase(config.databaseUrl)
  const added = await addMoods(database, await demoUser(database, config.bcryptCost))
  await database.close()
  console.log(`The account "demo" (password: "password") is there; ${added} moods were added.`)
} catch (error) {
  exitWith(error, 'seed')
}

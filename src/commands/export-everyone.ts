import { createWriteStream } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { asc, sql } from 'drizzle-orm'
import { principalOf } from '../auth/principal.ts'
import { readConfig } from '../config.ts'
import type { WritableDatabase } from '../db/database.ts'
import { deletionStore } from '../deletions/deletions.ts'
import { exportStore } from '../export/export.ts'
import { type EntryId, idFrom, type PracticeId, type TaskId, type UserId } from '../ids.ts'
import { jsonFile } from '../imports/export-files.ts'
import { defaultTimezone } from '../moods/dating.ts'
import { entryExport } from '../moods/entry-export.ts'
import { revisionExport } from '../moods/revision-export.ts'
import { profileStore } from '../profile/profiles.ts'
import { wireProfile } from '../profile/wire-profile.ts'
import { taskExport } from '../tasks/task-export.ts'
import { openUpgraded } from '../upgrades/open-upgraded.ts'
import { identityStore } from '../users/identity-store.ts'
import { practiceExport } from '../yoga/practice-export.ts'

const usage = 'usage: npm run export -- <new or empty folder> [<username or e-mail> …]'

/**
 * Writes what each person has into a folder of its own: `account.json`, as `GET /account/export` has it, and `moods.json`,
 * `tasks.json` and `practices.json`, which an import reads, with the trash and earlier states. Servers may be running.
 * @param args the folder, and the people, all if there is none.
 * @param env the variables (`process.env`).
 * @param dotenv whether `.env` in the working folder fills in what is absent.
 * @returns the message to the operator.
 * @throws {Error} with the reason of a failure.
 */
export async function exportEveryone(
  [folder, ...names]: readonly string[],
  env: NodeJS.ProcessEnv,
  dotenv = false,
): Promise<string> {
  if (folder === undefined) throw new Error(usage)
  const { databaseUrl } = readConfig(env, dotenv)
  const database = await openUpgraded(databaseUrl)
  try {
    const wanted = await Promise.all(names.map(name => ownerOf(database, name)))
    await mkdir(folder, { recursive: true, mode: 0o700 })
    if ((await readdir(folder)).length > 0) throw new Error(`${folder} is not empty`)
    const write = writer(database)
    let people = 0
    for await (const person of peopleOf(database)) {
      if (wanted.length > 0 && !wanted.includes(person.user.id)) continue
      if (await write(join(folder, folderOf(person.user)), person)) people++
    }
    return `Exported ${people} ${people === 1 ? 'person' : 'people'} to ${folder}.`
  } finally {
    await database.close()
  }
}

async function ownerOf(database: WritableDatabase, name: string): Promise<UserId> {
  const user = await identityStore(database).ownerOf(name)
  if (!user) throw new Error(`no such account: ${name}`)
  return user
}

type Person = Awaited<ReturnType<ReturnType<typeof peopleOf>['next']>>['value'] & object

/** Everyone, in the order of their ids. */
async function* peopleOf({ query, tables: { users } }: WritableDatabase) {
  const { user, settings } = principalOf({ users })
  let after = '' as UserId
  for (;;) {
    const rows = await query(db =>
      db
        .select({ user, emailVerifiedAt: settings.emailVerifiedAt })
        .from(users)
        .where(sql`${users.id} > ${after}`)
        .orderBy(asc(users.id))
        .limit(100),
    )
    yield* rows
    const last = rows.at(-1)
    if (!last) return
    after = last.user.id
  }
}

/** By the name, where any file system can have it and tell it from others; otherwise by the id. */
const folderOf = ({ id, username }: Person['user']) =>
  /^(?![\da-f]{8}-)[a-z0-9][a-z0-9_-]{4,}$/.test(username) ? username : idFrom<UserId>(id)

/** Writes the files of one person; false, and nothing written, for one who is gone. */
export function writer(database: WritableDatabase) {
  const [accounts, profiles] = [exportStore(database), profileStore(database)]
  const [entries, states] = [entryExport(database), revisionExport(database)]
  const [tasks, practices] = [taskExport(database), practiceExport(database)]
  const deletedMoods = deletionStore<EntryId>(database, 'mood')
  const deletedTasks = deletionStore<TaskId>(database, 'task')
  const deletedPractices = deletionStore<PracticeId>(database, 'practice')

  return async (folder: string, { user, emailVerifiedAt }: Person): Promise<boolean> => {
    const [profile, avatar] = await Promise.all([profiles.find(user.id), profiles.findAvatar(user.id)])
    // Deleted meanwhile.
    if (!profile) return false
    const head = {
      exported_at: new Date(),
      account: { ...user, email_verified_at: emailVerifiedAt },
      profile: wireProfile(profile, defaultTimezone),
      avatar: avatar ? { type: 'image/webp', base64: avatar.bytes.toString('base64') } : null,
    }
    await mkdir(folder, { mode: 0o700 })
    const files = {
      account: accounts.document(user.id, head),
      moods: jsonFile({
        moods: entries(user.id),
        trash: deletedMoods.rows(user.id, Date.now),
        revisions: states(user.id, true),
      }),
      tasks: jsonFile({ tasks: tasks(user.id), trash: deletedTasks.rows(user.id, Date.now) }),
      practices: jsonFile({
        practices: practices(user.id),
        trash: deletedPractices.rows(user.id, Date.now),
      }),
    }
    for (const [name, pieces] of Object.entries(files))
      await pipeline(
        Readable.from(pieces),
        createWriteStream(join(folder, `${name}.json`), { flags: 'wx', mode: 0o600 }),
      )
    return true
  }
}

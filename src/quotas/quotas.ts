import { and, type SQL, sql } from 'drizzle-orm'
import { eq, lte } from '../db/conditions.ts'
import type { BoundWrite, Database } from '../db/database.ts'
import type { VersionName } from '../db/raised-version.ts'
import type { Tables } from '../db/schema.ts'
import { type Changes, updateOf } from '../db/statements.ts'
import type { Declarations, ParamsOf, Value, Values } from '../db/values.ts'
import { ApiError } from '../errors.ts'
import type { UserId } from '../ids.ts'

/** What an account can have of each kind, and the bytes of it all. Infinity where there is no limit. */
export interface Limits {
  moods: number
  tasks: number
  practices: number
  sequences: number
  published: number
  bytes: number
}

export const noLimits: Limits = {
  moods: Number.POSITIVE_INFINITY,
  tasks: Number.POSITIVE_INFINITY,
  practices: Number.POSITIVE_INFINITY,
  sequences: Number.POSITIVE_INFINITY,
  published: Number.POSITIVE_INFINITY,
  bytes: Number.POSITIVE_INFINITY,
}

/** Maximum number of custom poses per user: all of them are read together. */
export const maxOwnPoses = 500

/** The counters of an account: each with its column of `users`, the most it can count to, and its name in a sentence. */
const counters = {
  moods: { column: 'moodCount', name: 'mood entries' },
  tasks: { column: 'taskCount', name: 'tasks' },
  practices: { column: 'practiceCount', name: 'practices' },
  sequences: { column: 'sequenceCount', name: 'sequences' },
  published: { column: 'publishedCount', name: 'published sequences' },
  poses: { column: 'poseCount', name: 'custom poses' },
  bytes: { column: 'storedBytes', name: 'MB' },
} as const
export type Counted = keyof typeof counters

/** What a write adds to some counters; negative where it takes away. */
export type Change<C extends Counted> = Readonly<Record<C, number>>

/** What several changes add together. */
export function totalOf<C extends Counted>(steps: readonly { gains: Change<C> }[], counted: readonly C[]): Change<C> {
  const total = {} as Record<C, number>
  for (const name of counted) {
    total[name] = 0
    for (const { gains } of steps) total[name] += gains[name]
  }
  return total
}

/** What a tally writes besides its counters. */
interface Also<D extends Declarations> {
  values: D
  assign(values: Values<D>): Changes<Tables['users']>
}

/** The greatest value of each counter's column: of 32 bits, and of a number in JavaScript. */
const greatest = (counted: Counted) => (counted === 'bytes' ? Number.MAX_SAFE_INTEGER : 2 ** 31 - 1)

const bytesPerMb = 1_000_000

/** `MAX_ACCOUNT_MB` in bytes. */
export const megabytes = (mb: number) => mb * bytesPerMb

export type Quotas = ReturnType<typeof quotaStore>

/** What an account has. */
export type Usage = Record<Counted, number>

/**
 * Counts what accounts have, and limits it. The counters stand in the user's row and are changed by the first write of a
 * batch, which is needed anyway: to guard that the user is there, or to raise a version. So they are exact, whatever is
 * written at the same time, and no write has to count rows (docs/decisions/quotas-are-counters.md).
 */
export function quotaStore({ prepare, tables: { users } }: Database, limits: Limits = noLimits) {
  const limitOf = (counted: Counted) => (counted === 'poses' ? maxOwnPoses : limits[counted])

  const usage = prepare('quota_usage', { userId: users.id }, (db, { userId }) =>
    db
      .select({
        moods: users.moodCount,
        tasks: users.taskCount,
        practices: users.practiceCount,
        sequences: users.sequenceCount,
        published: users.publishedCount,
        poses: users.poseCount,
        bytes: users.storedBytes,
      })
      .from(users)
      .where(eq(users.id, userId)),
  )

  /** The values of a write that changes counters: what each gains, and what it may have been before. */
  function valuesOf<C extends Counted>(counted: readonly C[], change: Change<C>): Record<string, number> {
    const values: Record<string, number> = {}
    for (const name of counted) {
      const gain = change[name]
      values[name] = gain
      // Taking away is always possible, also from more than the limit.
      values[`${name}_before`] = gain > 0 ? Math.min(limitOf(name), greatest(name)) - gain : greatest(name)
    }
    return values
  }

  /** @throws {ApiError} `limit_reached`. */
  function check(used: Usage, change: Partial<Change<Counted>>, gains: readonly Counted[]) {
    const full = gains.find(name => used[name] + (change[name] as number) > limitOf(name))
    if (full) throw new ApiError('limit_reached', sentenceOf(full, limitOf(full)))
  }

  return {
    /** The limit of a counter in a sentence. */
    sentenceOf: (counted: Counted) => sentenceOf(counted, limitOf(counted)),

    /**
     * The first write of a batch that adds, changes or removes rows of a user, for `must`: it counts them, and returns no row
     * when the user is gone or would go beyond a limit.
     * @param statement a unique name.
     * @param counted the counters that it changes.
     * @param version the version that it raises.
     * @param also what else it writes to the user's row: values, each with its column, and the assignments.
     */
    tally<const C extends Counted, D extends Declarations = Record<never, never>>(
      statement: string,
      counted: readonly C[],
      version?: VersionName,
      also?: Also<D>,
    ) {
      const columns = Object.fromEntries(
        counted.flatMap(name => {
          const column = users[counters[name].column]
          return [
            [name, column],
            [`${name}_before`, column],
          ]
        }),
      )
      const declared: Declarations = { userId: users.id, ...columns, ...also?.values }
      const count = prepare(statement, declared, (db, values) => {
        const gains = counted.map(name => {
          const { column } = counters[name]
          return [column, sql`${users[column]} + ${values[name]}`] as const
        })
        const room = counted.map(name => {
          const column = users[counters[name].column]
          return lte(column, values[`${name}_before`] as Value<number>)
        })
        const raised = version && { [version]: sql`${users[version]} + 1` }
        const more = also?.assign(values as Values<D>)
        return updateOf(db, users, { ...raised, ...Object.fromEntries(gains), ...more })
          .where(and(eq(users.id, values.userId as Value<UserId>), ...room) as SQL)
          .returning({ version: users[version ?? 'moodVersion'], id: users.id })
      })
      return (userId: UserId, change: Change<C>, more?: ParamsOf<D>): BoundWrite<{ version: number }[]> =>
        count.asWrite({ userId, ...valuesOf(counted, change), ...more })
    },

    /** How many more of some counters the user can have; undefined when the user is gone. */
    async room<const C extends Counted>(userId: UserId, counted: readonly C[]): Promise<Record<C, number> | undefined> {
      const [used] = await usage.execute({ userId })
      return used && (Object.fromEntries(counted.map(name => [name, limitOf(name) - used[name]])) as Record<C, number>)
    },

    /**
     * Says why a batch with such a change was not written, if a limit is why.
     * @returns undefined when there is room, or the user is gone.
     * @throws {ApiError} `limit_reached`, with a sentence that names the limit.
     */
    async refuse(userId: UserId, change: Partial<Change<Counted>>): Promise<undefined> {
      const gains = gainsOf(change)
      const [used] = gains.length > 0 ? await usage.execute({ userId }) : []
      if (used) check(used, change, gains)
    },

    /** Whether what an account has leaves room for a change. */
    hasRoom: (used: Usage, change: Partial<Change<Counted>>): boolean =>
      gainsOf(change).every(name => used[name] + (change[name] as number) <= limitOf(name)),

    /** What an account has; undefined when the user is gone. */
    usage: async (userId: UserId): Promise<Usage | undefined> => (await usage.execute({ userId }))[0],

    /**
     * Counts a change in, if there is room for it.
     * @throws {ApiError} `limit_reached`; then nothing is counted.
     */
    spend(used: Usage, change: Partial<Change<Counted>>): void {
      check(used, change, gainsOf(change))
      for (const [name, gain] of Object.entries(change)) used[name as Counted] += gain
    },
  }
}

/** The counters that a change raises. */
function gainsOf(change: Partial<Change<Counted>>): Counted[] {
  return (Object.keys(counters) as Counted[]).filter(name => (change[name] ?? 0) > 0)
}

function sentenceOf(counted: Counted, limit: number): string {
  if (counted === 'bytes') {
    return `This account can hold ${limit / bytesPerMb} MB and has no room for that; delete something permanently first.`
  }
  return `You can have at most ${limit} ${counters[counted].name}; delete one first.`
}

import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import t from 'tap'
import { spreads } from '../../src/db/citus.postgres.ts'
import type { Db, WritableDatabase } from '../../src/db/database.ts'
import { distributionKeyOf } from '../../src/db/distribution-key.postgres.ts'
import { postgresTables } from '../../src/db/schema.postgres.ts'
import { valuesOf } from '../../src/db/values.ts'
import { jobStore } from '../../src/jobs/job-store.ts'
import { recurringJobs } from '../../src/server/jobs.ts'
import { build } from '../helper.ts'

/** The statements that ask every machine of a cluster, and why they may. */
const dashboard = 'the dashboard of admins counts everybody, a page of people at a time'
const askEverybody: Record<string, string> = {
  jobs_later: 'a process looks once a minute, and no request waits for it',
  reminders_due: 'the job that sends them looks for what is due, a page of them at a time',
  erase_oauthStates: 'an account that is deleted has to be deleted from every machine',
  census_page: dashboard,
  census_people: dashboard,
  census_newcomers: dashboard,
  census_entries: dashboard,
  census_sessions: dashboard,
  census_tasks: dashboard,
  census_sequences: dashboard,
}

/** The column that decides on which machine a row is; none for tables that are on every machine. */
const columns = new Map(
  spreads.flatMap(({ name, place }) => (place === 'everywhere' ? [] : [[name, place.by] as const])),
)

const writesEverywhere = new RegExp(
  `(into|update|delete from) "(${spreads.flatMap(({ name, place }) => (place === 'everywhere' ? [name] : [])).join('|')})"`,
)

/** The tables of a statement whose machine it does not name: neither by a value nor by an equal column of another table. */
function unnamed(text: string): string[] {
  const conditions = [...text.matchAll(/"(\w+)"\."(\w+)" = (?:(cast\(\$\d+ as text\)|\$\d+)|"(\w+)"\."(\w+)")/g)]
  const named = new Set(conditions.flatMap(([, table, column, value]) => (value ? [`${table}.${column}`] : [])))
  for (const _ of conditions) {
    for (const [, table, column, value, other, otherColumn] of conditions) {
      if (value) continue
      const [one, two] = [`${table}.${column}`, `${other}.${otherColumn}`]
      if (named.has(one) || named.has(two)) named.add(one).add(two)
    }
  }
  const sources = [...text.matchAll(/(into|from|join|update) "(\w+)"(?: "(\w+)" on)?/g)].map(
    ([, how, table, alias = table]) => ({ how, table: table as string, alias }),
  )
  return sources.flatMap(({ how, table, alias }) => {
    const column = columns.get(table)
    if (column === undefined) return []
    // A value of the row; where it is made from a select, Citus sees that both are on one machine by the column alone.
    if (how === 'into') return new RegExp(`\\("${column}"[^)]*\\) (values|select ")`).test(text) ? [] : [table]
    const needed = sources.filter(other => other.how !== 'into' && other.alias === alias).length
    const given = conditions.filter(([condition, one, first, , two, second]) => {
      const isOf = (one === alias && first === column) || (two === alias && second === column)
      return isOf && named.has(`${alias}.${column}`) && condition !== ''
    }).length
    return given >= needed ? [] : [table]
  })
}

t.test(
  'every prepared statement asks one machine, or what each machine has a copy of; the others have a reason',
  async t => {
    const db = drizzle(new pg.Pool()) as unknown as Db
    const found = new Map<string, string>()
    const recording = (database: WritableDatabase): WritableDatabase => ({
      ...database,
      tables: postgresTables,
      prepare(name, values, make) {
        found.set(name, (make(db, valuesOf(values)) as unknown as { toSQL(): { sql: string } }).toSQL().sql)
        return database.prepare(name, values, make)
      },
    })
    const { database } = await build(t, { wrap: recording })
    jobStore(database)
    recurringJobs(database, () => {})
    t.ok(found.size > 100)
    for (const [name, text] of found) {
      const tables = unnamed(text)
      if (name in askEverybody) t.not(tables.length, 0, `${name} needs no exception`)
      else t.strictSame(tables, [], `${name}: ${text}`)
      // What a machine that hangs holds up is decided by the same text (src/db/lanes.postgres.ts).
      const needsSeveral = name in askEverybody || writesEverywhere.test(text)
      t.equal(distributionKeyOf(text) === 'several', needsSeveral, `the machine of ${name}: ${text}`)
    }
    for (const name of Object.keys(askEverybody)) t.ok(found.has(name), `${name} exists`)
  },
)

t.test('the check finds what asks every machine', t => {
  for (const [text, tables] of [
    ['select 1 from "moods"', ['moods']],
    ['select 1 from "moods" where "moods"."user_id" = cast($1 as text)', []],
    ['select 1 from "moods" where "moods"."id" = cast($1 as text)', ['moods']],
    [
      'select 1 from "sessions" inner join "users" on "users"."id" = "sessions"."user_id" where "sessions"."user_id" = $1',
      [],
    ],
    [
      'select 1 from "usernames" inner join "users" on "users"."id" = "usernames"."user_id" where "usernames"."folded" = $1',
      ['users'],
    ],
    [
      'delete from "sessions" where "sessions"."user_id" = $1 and "id" not in (select "id" from "sessions")',
      ['sessions', 'sessions'],
    ],
    ['update "jobs" set "claim" = $1 where "jobs"."name" = cast($2 as text)', []],
    ['insert into "jobs" ("name") values ($1)', []],
    ['insert into "moods" ("user_id", "id") select "id", $1 from "users" where "users"."id" = $2', []],
    ['insert into "moods" ("user_id", "id") select $1, $2 from "users" where "users"."id" = $3', ['moods']],
    ['select 1 from "usernames"', []],
  ] as const)
    t.strictSame(unnamed(text), tables, text)
  t.end()
})

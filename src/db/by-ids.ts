import { type Column, type SQL, sql } from 'drizzle-orm'
import type { Params, Prepared } from './database.ts'
import type { Declarations, Value } from './values.ts'

/** Ids of one statement: a list of a fixed length is a statement that stays prepared, the rest of it is padded. */
const sizes = [4, 32, 128]

type Build<S> = (size: number, ids: Declarations, among: (values: Readonly<Record<string, unknown>>) => SQL) => S

/**
 * Reads rows by many ids in few statements.
 * @param column of the ids.
 * @param build prepares the statement for so many ids.
 */
export function readByIds<R>(column: Column, build: Build<Pick<Prepared<never, readonly R[]>, 'execute'>>) {
  const partsOf = byIds(column, build)
  return async (fixed: Params, ids: readonly string[]): Promise<R[]> => {
    const rows: R[] = []
    for (const { statement, params } of partsOf(fixed, ids)) rows.push(...(await statement.execute(params as never)))
    return rows
  }
}

/**
 * Statements about many ids, as few as they can be.
 * @param column of the ids.
 * @param build prepares the statement for so many ids.
 * @returns what gives the statements and their values for some ids.
 */
export function byIds<S>(column: Column, build: Build<S>) {
  const statements = sizes.map(size => {
    const names = Array.from({ length: size }, (_, i) => `id${i}`)
    const among = (values: Readonly<Record<string, unknown>>) =>
      sql`${column} in (${sql.join(
        names.map(name => values[name] as Value<string> & SQL),
        sql`, `,
      )})`
    const declared = () => Object.fromEntries(names.map(name => [name, column]))
    let statement: S | undefined
    // On first use: most processes never need the long lists.
    return { size, names, prepared: () => (statement ??= build(size, declared(), among)) }
  })
  const largest = statements.at(-1) as (typeof statements)[number]
  return (fixed: Params, ids: readonly string[]): { statement: S; params: Params }[] => {
    const all = []
    for (let start = 0; start < ids.length; start += largest.size) {
      const part = ids.slice(start, start + largest.size)
      // The largest holds each part.
      const fitting = statements.find(({ size }) => size >= part.length) as typeof largest
      const { names, prepared } = fitting
      const params = { ...fixed, ...Object.fromEntries(names.map((name, i) => [name, part[i] ?? ''])) }
      all.push({ statement: prepared(), params })
    }
    return all
  }
}

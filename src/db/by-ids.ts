import { type Column, type SQL, sql } from 'drizzle-orm'
import type { Params, Prepared } from './database.ts'
import type { Declarations, Value } from './values.ts'

/** Ids of one statement: a list of a fixed length is a statement that stays prepared, the rest of it is padded. */
const sizes = [4, 32, 128]

/**
 * Reads rows by many ids in few statements.
 * @param column of the ids.
 * @param build prepares the statement for so many ids.
 */
export function readByIds<R>(
  column: Column,
  build: (
    size: number,
    ids: Declarations,
    among: (values: Readonly<Record<string, unknown>>) => SQL,
  ) => Pick<Prepared<never, readonly R[]>, 'execute'>,
) {
  const statements = sizes.map(size => {
    const names = Array.from({ length: size }, (_, i) => `id${i}`)
    const among = (values: Readonly<Record<string, unknown>>) =>
      sql`${column} in (${sql.join(
        names.map(name => values[name] as Value<string> & SQL),
        sql`, `,
      )})`
    return { size, names, statement: build(size, Object.fromEntries(names.map(name => [name, column])), among) }
  })
  const largest = statements.at(-1) as (typeof statements)[number]
  return async (fixed: Params, ids: readonly string[]): Promise<R[]> => {
    const rows: R[] = []
    for (let start = 0; start < ids.length; start += largest.size) {
      const part = ids.slice(start, start + largest.size)
      // The largest holds each part.
      const fitting = statements.find(({ size }) => size >= part.length) as typeof largest
      const { names, statement } = fitting
      const params = { ...fixed, ...Object.fromEntries(names.map((name, i) => [name, part[i] ?? ''])) }
      rows.push(...(await statement.execute(params as never)))
    }
    return rows
  }
}

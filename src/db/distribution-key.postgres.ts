import { spreads } from './citus.postgres.ts'

/**
 * What decides on which machine of a cluster a statement runs: the parameter (counted from 0) whose hash names it;
 * `coordinator` for one that reads what each machine has a copy of; `several` for one that may need more than one machine.
 */
export type DistributionKey = number | 'coordinator' | 'several'

const columns = new Map(spreads.map(({ name, place }) => [name, place === 'everywhere' ? undefined : place.by]))

/** Reads the key of a statement from its text, as drizzle writes it. */
export function distributionKeyOf(text: string): DistributionKey {
  const written = [...text.matchAll(/(?:into|update|delete from) "(\w+)"/g)].map(([, table]) => table as string)
  if (written.some(table => columns.has(table) && columns.get(table) === undefined)) return 'several'
  const spread = [...text.matchAll(/(?:into|from|join|update) "(\w+)"/g)].filter(([, table]) => isSpread(table))
  if (spread.length === 0) return 'coordinator'
  return parameterOf(text) ?? 'several'
}

const isSpread = (table: string | undefined) => columns.get(table as string) !== undefined

/** The first parameter that is compared with, or inserted into, the column by which a table is spread. */
function parameterOf(text: string): number | undefined {
  for (const [, table, column, one, other] of text.matchAll(/"(\w+)"\."(\w+)" = (?:cast\(\$(\d+) as text\)|\$(\d+))/g))
    if (isSpread(table) && columns.get(table as string) === column) return Number(one ?? other) - 1
  for (const [, table, names, values] of text.matchAll(
    /into "(\w+)" \(([^)]*)\) values \((.*?)\)(?: on conflict| returning|$)/g,
  )) {
    const at = String(names)
      .split(', ')
      .indexOf(`"${columns.get(table as string)}"`)
    const number = /^\$(\d+)$/.exec(String(values).split(', ')[at] ?? '')?.[1]
    if (number !== undefined) return Number(number) - 1
  }
  return undefined
}

import type { Answer } from '../../../client/src/sync/own-things.ts'
import type { Question } from '../../../client/src/sync/records.ts'
import { versions as texts } from '../texts.ts'

export interface Versions {
  /** The values of a field, each with what it is called. */
  of: (field: string, here: string, elsewhere: string) => (readonly [label: string, value: unknown])[]
  /** Of three versions or more: what keeps each of them. Empty where there are two. */
  answers: (readonly [label: string, answer: Answer])[]
}

/** What there is to choose from when writes met; three versions of a text or more are numbered. */
export function versionsOf(fields: Question['fields']): Versions {
  const all = Object.entries(fields)
  const mine = Object.fromEntries(all.map(([name, both]) => [name, both.mine]))
  const more = all.flatMap(([name, { also = [] }]) => also.map(text => ({ name, text })))
  const last = more.length + 2
  return {
    of(field, here, elsewhere) {
      const both = fields[field]
      const own: [string, unknown][] = more.flatMap(({ name, text }, i) =>
        name === field ? [[texts.version(i + 2, here), text]] : [],
      )
      const label = (place: number, where: string) => (own.length > 0 ? texts.version(place, where) : where)
      return [[label(1, here), both?.mine], ...own, [label(last, elsewhere), both?.theirs]]
    },
    answers:
      more.length === 0
        ? []
        : [
            [texts.keep(1), 'mine'],
            ...more.map(({ name, text }, i) => [texts.keep(i + 2), { ...mine, [name]: text }] as const),
            [texts.keep(last), 'theirs'],
          ],
  }
}

import { randomInt } from 'node:crypto'
import { isUsername } from './users.ts'

/** The longest base of a name, in characters: it leaves room for what makes it unique. */
const maxLength = 40
/** How often a name that is taken gets another ending. */
const tries = 8

/**
 * Usernames for somebody who has not chosen one, the best first: from the first of `sources` that has anything usable,
 * then the same with random endings, which tell nobody how many others there are.
 * @param sources what the person is called elsewhere; of an e-mail address the part before the `@` is used.
 */
export function* usernamesFrom(sources: readonly (string | null)[]): Generator<string> {
  const base = sources.map(asUsername).find(isUsername) ?? 'somebody'
  yield base
  for (let i = 0; i < tries; i++) yield `${base}-${randomInt(1_000, 1_000_000)}`
}

function asUsername(source: string | null): string {
  const [text = ''] = (source ?? '').normalize('NFKC').split('@')
  const allowed = text
    .replace(/\s+/gu, '.')
    .replace(/[^\p{L}\p{N}\p{M}._-]|\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(/^[^\p{L}\p{N}]+/u, '')
  return [...allowed].slice(0, maxLength).join('')
}

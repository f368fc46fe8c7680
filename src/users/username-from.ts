import { randomInt } from 'node:crypto'
import { isUsername } from './users.ts'

/** The longest base of a name, in characters: it leaves room for an ending that makes it unique. */
const maxLength = 40
/** The number of endings that are tried for a taken name. */
const tries = 8

/**
 * Candidates for the username of someone who has not chosen one, best first: from the first usable one of `sources`,
 * then the same with random endings, which do not reveal how many others there are.
 * @param sources the person's names elsewhere; of an e-mail address the part before the `@` is used.
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

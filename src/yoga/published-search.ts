import { and, asc } from 'drizzle-orm'
import { gt, lte } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import type { SequenceId } from '../ids.ts'
import { turnTaker } from '../streaming/turns.ts'
import type { Level } from '../vocabulary.ts'

/** Rows that are compared in one turn of the event loop: a millisecond or two, however long their texts are. */
const rowsPerTurn = 200

export interface SearchCondition {
  /** Folded. */
  categoryKey: string | undefined
  /** Folded, between line feeds. */
  tagLine: string | undefined
  level: Level | undefined
  /** Folded; each must be in the text. */
  words: readonly string[]
}

/** The column by which matches are ordered, and then by their ids. */
export type SearchOrder = 'titleKey' | 'createdAt' | 'updatedAt' | 'totalSeconds'

interface Known {
  id: SequenceId
  revision: number
  categoryKey: string | null
  tagKeys: string
  level: Level | null
  searchText: string
  /** Text so that its order by code units is that of its bytes, which is the order of both engines. */
  keys: Readonly<Record<SearchOrder, string | number>>
  /** The last search that saw it. */
  seen: number
}

/** What a sequence takes beside its texts, in bytes. */
const overhead = 500

/**
 * Searches all published sequences. Parts of words have no index, so every text is compared, some in each turn of the event
 * loop. A process keeps what it has compared, and a search asks the database only which revisions there are now, and for
 * those it does not know: so it is never out of date, whoever publishes, and in whichever process.
 * @param maxBytes of the texts that are kept. Others are read for each search.
 */
export function publishedSearch({ prepare, tables: { publishedSequences: published } }: Database, maxBytes: number) {
  const turn = turnTaker()
  const known = new Map<SequenceId, Known>()
  let bytes = 0
  let searches = 0

  const list = prepare('published_revisions', { after: published.id }, (db, { after }) =>
    db
      .select({ id: published.id, revision: published.revision, updatedAt: published.updatedAt })
      .from(published)
      .where(gt(published.id, after))
      .orderBy(asc(published.id))
      .limit(rowsPerTurn),
  )

  const read = prepare('published_texts', { after: published.id, last: published.id }, (db, { after, last }) =>
    db
      .select({
        id: published.id,
        revision: published.revision,
        level: published.level,
        categoryKey: published.categoryKey,
        tagKeys: published.tagKeys,
        searchText: published.searchText,
        titleKey: published.titleKey,
        createdAt: published.createdAt,
        updatedAt: published.updatedAt,
        totalSeconds: published.totalSeconds,
      })
      .from(published)
      .where(and(gt(published.id, after), lte(published.id, last))),
  )

  function forget(id: SequenceId) {
    const old = known.get(id)
    if (!old) return
    known.delete(id)
    bytes -= sizeOf(old)
  }

  function keep(one: Known) {
    forget(one.id)
    const size = sizeOf(one)
    if (bytes + size > maxBytes) return
    known.set(one.id, one)
    bytes += size
  }

  /** The next sequences after an id, and the last one's id if there may be more. */
  async function step(after: SequenceId) {
    const listed = await list.execute({ after })
    const last = listed.at(-1)?.id
    let found = listed.map(({ id, revision, updatedAt }) => {
      const one = known.get(id)
      // An id can be another sequence's after its owner has gone.
      return one?.revision === revision && one.keys.updatedAt === updatedAt.getTime() ? one : undefined
    })
    if (last !== undefined && found.includes(undefined)) {
      await turn()
      found = (await read.execute({ after, last })).map(knownOf)
      for (const one of found as Known[]) keep(one)
    }
    return { found: found as Known[], last: listed.length < rowsPerTurn ? undefined : last }
  }

  return {
    /** The ids of all that match, in order. */
    async find(condition: SearchCondition, order: SearchOrder, descending: boolean): Promise<SequenceId[]> {
      const search = ++searches
      const matches: { id: SequenceId; key: string | number }[] = []
      for (let after: SequenceId | undefined = '' as SequenceId; after !== undefined; ) {
        await turn()
        const { found, last } = await step(after)
        for (const one of found) {
          one.seen = search
          if (isMatch(one, condition)) matches.push({ id: one.id, key: one.keys[order] })
        }
        after = last
      }
      // What no search has seen since this one began is published no longer.
      for (const [id, { seen }] of known) if (seen < search) forget(id)
      matches.sort((a, b) => compare(a.key, b.key) || compare(a.id, b.id))
      return (descending ? matches.reverse() : matches).map(({ id }) => id)
    },
    /** The size of what is kept. */
    get load() {
      return { sequences: known.size, bytes }
    },
  }
}

type Row = Omit<Known, 'keys' | 'seen'> & { titleKey: string; createdAt: Date; updatedAt: Date; totalSeconds: number }

function knownOf({ titleKey, createdAt, updatedAt, totalSeconds, ...row }: Row): Known {
  const keys = {
    titleKey: Buffer.from(titleKey).toString('latin1'),
    createdAt: createdAt.getTime(),
    updatedAt: updatedAt.getTime(),
    totalSeconds,
  }
  return { ...row, keys, seen: 0 }
}

/** A text of ASCII alone takes a byte for each character, and one with others two. */
function sizeOf({ searchText, tagKeys, keys }: Known): number {
  const width = Buffer.byteLength(searchText) === searchText.length ? 1 : 2
  return overhead + width * (searchText.length + tagKeys.length) + String(keys.titleKey).length
}

function isMatch(one: Known, { categoryKey, tagLine, level, words }: SearchCondition): boolean {
  return (
    (categoryKey === undefined || one.categoryKey === categoryKey) &&
    (tagLine === undefined || one.tagKeys.includes(tagLine)) &&
    (level === undefined || one.level === level) &&
    words.every(word => one.searchText.includes(word))
  )
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : Number(a > b)
}

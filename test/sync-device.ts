import type { Person } from './helper.ts'

/** A device for tests: it knows things by what `/sync` sends, and that nothing may come twice. */

export interface Change {
  kind: string
  id: string
  revision: number
  deleted: boolean
  value: Record<string, unknown> | null
}

export interface Answer {
  results: Record<string, unknown>[]
  changes: Change[]
  cursor: string
  has_more: boolean
}

export function device(person: Person, { limit = 500 }: { limit?: number } = {}) {
  let cursor: string | undefined
  const things = new Map<string, Change>()
  const seen = new Map<string, number>()

  /** Takes an answer in. */
  function take(answer: Answer): Change[] {
    for (const change of answer.changes) {
      const key = `${change.kind} ${change.id}`
      const known = seen.get(key) ?? 0
      if (change.revision <= known) throw new Error(`${key} came with ${change.revision} after ${known}`)
      seen.set(key, change.revision)
      if (change.deleted) things.delete(key)
      else things.set(key, change)
    }
    cursor = answer.cursor
    return answer.changes
  }

  async function ask(): Promise<Answer> {
    const answer = await person.get(`/sync?limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`)
    if (answer.statusCode !== 200) throw new Error(answer.body)
    return answer.json()
  }

  return {
    things,
    get cursor() {
      return cursor
    },
    /** One page. */
    pull: async () => take(await ask()),
    async pullAll(): Promise<Change[]> {
      const all: Change[] = []
      for (;;) {
        const answer = await ask()
        all.push(...take(answer))
        if (!answer.has_more) return all
      }
    },
    /** Sends operations, and takes the changes that come back. */
    async push(operations: readonly object[]): Promise<Record<string, unknown>[]> {
      const answer = await person.post('/sync', { cursor, operations, limit })
      if (answer.statusCode !== 200) throw new Error(answer.body)
      take(answer.json())
      return answer.json().results
    },
  }
}

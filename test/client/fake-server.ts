/**
 * A server of one person in memory, written from the contract alone (docs/sync.md), for tests of the client: a second
 * opinion beside the real server, which has to pass the same tests.
 */

type Kind = 'mood' | 'task' | 'practice' | 'sequence'
const kinds: readonly Kind[] = ['mood', 'task', 'practice', 'sequence']
type Fields = Record<string, unknown>

interface Kept {
  revision: number
  version: number
  deleted: boolean
  purged: boolean
  value: Fields
  made: string
}

interface Operation {
  kind: Kind
  op: 'create' | 'update' | 'delete' | 'restore'
  id: string
  op_id?: string
  if_revision?: number
  value?: Fields
}

const fieldsOf: Record<Kind, readonly string[]> = {
  mood: ['mood', 'note', 'tags', 'date', 'occurred_at', 'timezone', 'logged_at'],
  task: ['title', 'description', 'completed', 'due_on'],
  practice: ['sequence_id', 'date', 'note'],
  sequence: [],
}
const statusOf: Record<string, number> = {
  invalid_request: 400,
  cursor_expired: 410,
  not_found: 404,
  body_too_large: 413,
}

class Refused extends Error {
  readonly code: string
  readonly sentence: string
  constructor(code: string, sentence: string) {
    super(code)
    this.code = code
    this.sentence = sentence
  }
  get problem() {
    const status = statusOf[this.code] ?? 400
    const { code, sentence } = this
    return {
      type: `urn:moodstreak:error:${code}`,
      title: code,
      status,
      detail: sentence,
      instance: '/sync',
      code,
      errors: [sentence],
    }
  }
}

export function fakeServer(now: () => number) {
  const things = new Map(kinds.map(kind => [kind, new Map<string, Kept>()]))
  const versions: Record<Kind, number> = { mood: 0, task: 0, practice: 0, sequence: 0 }
  const known: string[] = []
  const settings = { timezone: 'UTC', day_starts_at: 0, mood_scale: { min: 0, max: 10 } }
  let epoch = 1
  const of = (kind: Kind) => things.get(kind) as Map<string, Kept>

  function store(kind: Kind, id: string, thing: Omit<Kept, 'version'>): Kept {
    const kept = { ...thing, version: ++versions[kind] }
    of(kind).set(id, kept)
    return kept
  }

  function checked(kind: Kind, value: Fields) {
    for (const name of Object.keys(value)) {
      if (!fieldsOf[kind].includes(name)) throw new Refused('invalid_request', `${name} is not a field`)
    }
    const { min, max } = settings.mood_scale
    if (typeof value.mood === 'number' && (value.mood < min || value.mood > max))
      throw new Refused('mood_off_scale', `mood must be between ${min} and ${max}, or a label`)
    const last = new Date(now() + 14 * 3_600_000).toISOString().slice(0, 10)
    if (kind !== 'task' && typeof value.date === 'string' && value.date > last)
      throw new Refused('date_in_future', `date must not be after ${last}`)
    const logged = value.logged_at === undefined ? now() : Date.parse(value.logged_at as string)
    if (logged > now() || logged < now() - 14 * 86_400_000) throw new Refused('invalid_request', 'logged_at is wrong')
    const { logged_at: _, ...rest } = value
    return rest
  }

  /** What the server computes. */
  function computed(kind: Kind, value: Fields): Fields {
    if (kind === 'task') return { ...value, completed_at: value.completed ? new Date(now()).toISOString() : null }
    return value
  }

  function perform(op: Operation, before: ReadonlyMap<string, Kept | undefined>, failed: Map<string, string>): Fields {
    const { kind, id, op_id } = op
    const thing = of(kind).get(id)
    const answer = (status: string, more: Fields = {}) => ({ id, ...(op_id && { op_id }), status, ...more })
    const now_ = () => ({ revision: thing?.revision, value: thing?.deleted ? null : shown(kind, id, thing as Kept) })
    try {
      if (op.op === 'create') {
        const made = JSON.stringify(op.value)
        if (thing) {
          if (thing.made !== made) return answer('conflict', now_())
          return thing.deleted ? answer('deleted', { revision: thing.revision }) : answer('unchanged', now_())
        }
        const at = new Date(now()).toISOString()
        const value = computed(kind, {
          description: null,
          due_on: null,
          completed: false,
          note: null,
          ...checked(kind, op.value ?? {}),
        })
        const kept = store(kind, id, {
          revision: 1,
          deleted: false,
          purged: false,
          value: { ...value, created_at: at },
          made,
        })
        return answer('applied', { revision: kept.revision })
      }
      if (op_id === undefined) throw new Refused('invalid_request', 'op_id is needed')
      if (known.includes(op_id)) return answer('unchanged', { revision: thing?.revision })
      if (!thing) throw new Refused('not_found', 'There is no such thing.')
      const remember = () => {
        known.push(op_id)
        if (known.length > 2_000) known.shift()
      }
      const unchanged = () => {
        remember()
        return answer('unchanged', { revision: thing.revision })
      }
      if (op.op === 'delete' && thing.deleted) return unchanged()
      if (op.op === 'restore' && !thing.deleted) return unchanged()
      if (op.op === 'update' && !thing.deleted) {
        const value = checked(kind, op.value ?? {})
        if (Object.keys(value).every(name => JSON.stringify(value[name]) === JSON.stringify(thing.value[name])))
          return unchanged()
      }
      const earlier = failed.get(id)
      if (earlier) return answer(earlier, earlier === 'conflict' ? now_() : { revision: thing.revision })
      if ((op.op === 'update' && thing.deleted) || (op.op === 'restore' && thing.purged)) {
        failed.set(id, 'deleted')
        return answer('deleted', { revision: thing.revision })
      }
      if (op.if_revision !== undefined && before.has(id) && op.if_revision !== before.get(id)?.revision) {
        failed.set(id, 'conflict')
        return answer('conflict', now_())
      }
      const value =
        op.op === 'update' ? computed(kind, { ...thing.value, ...checked(kind, op.value ?? {}) }) : thing.value
      const kept = store(kind, id, { ...thing, revision: thing.revision + 1, value, deleted: op.op === 'delete' })
      remember()
      return answer('applied', { revision: kept.revision })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return answer('rejected', { problem: error.problem })
    }
  }

  function shown(kind: Kind, id: string, { value, revision }: Kept): Fields {
    return { id, ...value, revision, ...(kind === 'mood' && { valence: null }) }
  }

  function sync(body: { cursor?: string | null; operations?: Operation[]; limit?: number }) {
    const { operations = [], limit = 500 } = body
    const cursor = body.cursor ? (JSON.parse(body.cursor) as { epoch: number; at: Record<Kind, number> }) : undefined
    if (cursor && (cursor.epoch !== epoch || kinds.some(kind => cursor.at[kind] > versions[kind])))
      throw new Refused('cursor_expired', 'Start over without a cursor.')
    if (operations.length > 500) throw new Refused('invalid_request', 'at most 500 operations')
    const before = new Map(operations.map(({ kind, id }) => [id, of(kind).get(id)]))
    const failed = new Map<string, string>()
    const results = operations.map(op => perform(op, before, failed))
    const at = { ...(cursor?.at ?? { mood: 0, task: 0, practice: 0, sequence: 0 }) }
    const open = kinds.flatMap(kind =>
      [...of(kind)]
        .filter(([, thing]) => thing.version > at[kind] && (cursor || !thing.deleted))
        .sort(([, a], [, b]) => a.version - b.version)
        .map(([id, thing]) => ({ kind, id, thing })),
    )
    const page = open.slice(0, limit)
    const changes = page.map(({ kind, id, thing }) => {
      at[kind] = thing.version
      const { revision, deleted } = thing
      return { kind, id, revision, deleted, value: deleted ? null : shown(kind, id, thing) }
    })
    const has_more = open.length > limit
    if (!has_more) Object.assign(at, versions)
    return { results, changes, cursor: JSON.stringify({ epoch, at }), has_more, settings: structuredClone(settings) }
  }

  return {
    settings,
    things: of,
    store,
    shown,
    /** What restoring a backup does. */
    renewEpoch: () => epoch++,
    emptyTrash: () => {
      for (const thing of of('mood').values()) if (thing.deleted) thing.purged = true
    },
    async fetch(path: string, init: RequestInit): Promise<Response> {
      const headers = { 'content-type': 'application/json', date: new Date(now()).toUTCString() }
      try {
        if (path !== '/sync') throw new Refused('not_found', path)
        if ((init.body as string).length > 4 * 1024 * 1024) throw new Refused('body_too_large', 'at most 4 MiB')
        return new Response(JSON.stringify(sync(JSON.parse(init.body as string))), { headers })
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        const { problem } = error
        return new Response(JSON.stringify(problem), { status: problem.status, headers })
      }
    },
  }
}
export type FakeServer = ReturnType<typeof fakeServer>

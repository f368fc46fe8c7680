import { significant } from './exchange.ts'
import {
  type Base,
  firstMeta,
  type Kind,
  kinds,
  type Meta,
  type Question,
  type Queued,
  same,
  type Thing,
  thingOf,
} from './records.ts'
import type { Storage } from './storage.ts'

/** The copy on the device: all of it in memory, and each change of it on the storage before anybody sees it. */

/** The first parts of keys: things, the queue, questions, and single values. */
const sections = ['thing', 'op', 'ask', 'own'] as const
type Section = (typeof sections)[number]
type Sections = Record<Section, Map<string, unknown>>
const noSections = (): Sections => ({ thing: new Map(), op: new Map(), ask: new Map(), own: new Map() })

/** What may have changed: things of a kind with all that concerns them, the settings or the time, or the status of syncing. */
export type Topic = Kind | 'settings' | 'status'

const opName = (seq: number) => String(seq).padStart(12, '0')
const inOrder = (a: Queued, b: Queued) => a.seq - b.seq

/** Things as they are shown, by `kind/id`. */
type Shown = Map<string, Thing | undefined>

/** A view of the copy with changes on top, which are written together or not at all. */
export class Draft {
  readonly changes = noSections()
  readonly #kept: Sections
  readonly #shown: Shown | undefined
  readonly #lists = new Map<Kind, readonly Thing[]>()
  /** In order of `seq`: new ones have the highest. */
  #queue: { bySeq: Map<number, Queued>; byId: Map<string, readonly Queued[]> } | undefined

  /** @param shown what is known of things, for a view that is only read. */
  constructor(kept: Sections, shown?: Shown) {
    this.#kept = kept
    this.#shown = shown
  }

  #get<T>(section: Section, name: string): T | undefined {
    const changed = this.changes[section]
    return (changed.has(name) ? changed.get(name) : this.#kept[section].get(name)) as T | undefined
  }

  #list<T>(section: Section): [name: string, value: T][] {
    if (this.changes[section].size === 0) return [...this.#kept[section]] as [string, T][]
    const names = new Set([...this.#kept[section].keys(), ...this.changes[section].keys()])
    return [...names].flatMap(name => {
      const value = this.#get<T>(section, name)
      return value === undefined ? [] : [[name, value] as [string, T]]
    })
  }

  get meta(): Meta {
    return this.#get<Meta>('own', 'meta') ?? firstMeta
  }
  set meta(meta: Meta) {
    this.changes.own.set('meta', meta)
  }

  /** Tells this copy from one that was deleted, which had another. Given by the first sync. */
  get born(): string | undefined {
    return this.#get('own', 'born')
  }
  set born(id: string) {
    this.changes.own.set('born', id)
  }

  base(kind: Kind, id: string): Base | undefined {
    return this.#get('thing', `${kind}/${id}`)
  }
  setBase(kind: Kind, id: string, base: Base | undefined): void {
    this.changes.thing.set(`${kind}/${id}`, base)
  }
  bases(): { kind: Kind; id: string; base: Base }[] {
    return this.#list<Base>('thing').map(([name, base]) => {
      const [kind, id] = name.split('/') as [Kind, string]
      return { kind, id, base }
    })
  }

  /** The queue, in order. */
  ops(): readonly Queued[] {
    return [...this.#indexed().bySeq.values()]
  }
  opsOf(id: string): readonly Queued[] {
    return this.#indexed().byId.get(id) ?? []
  }
  #indexed() {
    if (!this.#queue) {
      const ops = this.#list<Queued>('op')
        .map(([, op]) => op)
        .sort(inOrder)
      const bySeq = new Map(ops.map(op => [op.seq, op]))
      const byId = new Map<string, Queued[]>()
      for (const op of ops) {
        const others = byId.get(op.id)
        if (others) others.push(op)
        else byId.set(op.id, [op])
      }
      this.#queue = { bySeq, byId }
    }
    return this.#queue
  }
  setOp(op: Queued): void {
    const { bySeq, byId } = this.#indexed()
    const others = byId.get(op.id) ?? []
    byId.set(op.id, bySeq.has(op.seq) ? others.map(one => (one.seq === op.seq ? op : one)) : [...others, op])
    bySeq.set(op.seq, op)
    this.changes.op.set(opName(op.seq), op)
  }
  removeOp({ seq, id }: Queued): void {
    const { bySeq, byId } = this.#indexed()
    byId.set(
      id,
      this.opsOf(id).filter(one => one.seq !== seq),
    )
    bySeq.delete(seq)
    this.changes.op.set(opName(seq), undefined)
  }
  /** Puts a write at the end of the queue. */
  enqueue(op: Omit<Queued, 'seq'>): void {
    const seq = this.meta.nextSeq
    this.meta = { ...this.meta, nextSeq: seq + 1 }
    this.setOp({ ...op, seq })
  }

  question(id: string): Question | undefined {
    return this.#get('ask', id)
  }
  setQuestion(id: string, question: Question | undefined): void {
    this.changes.ask.set(id, question)
  }
  /** In the order of their ids, which is the one in which they are read from the disk: none moves when a tab is opened anew. */
  questions(): Question[] {
    const all = this.#list<Question>('ask').map(([, question]) => question)
    return all.sort((a, b) => a.id.localeCompare(b.id))
  }

  thing<K extends Kind>(kind: K, id: string): Thing<K> | undefined {
    const name = `${kind}/${id}`
    if (this.#shown?.has(name)) return this.#shown.get(name) as Thing<K> | undefined
    const thing = thingOf(kind, id, this.base(kind, id), this.opsOf(id), this.question(id))
    this.#shown?.set(name, thing)
    return thing
  }

  /** All things of a kind, deleted ones included. Of a view that is only read the same list each time. */
  things<K extends Kind>(kind: K): readonly Thing<K>[] {
    const known = this.#shown && this.#lists.get(kind)
    if (known) return known as readonly Thing<K>[]
    const prefix = `${kind}/`
    const ids = new Set<string>()
    for (const [name] of this.#list('thing')) if (name.startsWith(prefix)) ids.add(name.slice(prefix.length))
    for (const op of this.ops()) if (op.kind === kind) ids.add(op.id)
    const things = [...ids].flatMap(id => this.thing(kind, id) ?? [])
    this.#lists.set(kind, things)
    return things
  }
}

/**
 * Opens the copy of an account.
 * @param account its id: other people on the same device have their own.
 * @param told called with what has changed after each change, by whichever tab.
 */
export async function openCopy(storage: Storage, account: string, told: (topics: ReadonlySet<Topic>) => void) {
  const prefix = `${account}/`
  const generationKey = `${prefix}own/generation`
  let kept = noSections()
  const shown: Shown = new Map()
  let view = new Draft(kept, shown)
  let turn: Promise<unknown> = Promise.resolve()

  const generation = () => kept.own.get('generation') as number | undefined
  const keysOf = (of: Sections) =>
    sections.flatMap(section =>
      Array.from(of[section], ([name, value]) => [`${prefix}${section}/${name}`, value] as const),
    )

  async function load(): Promise<void> {
    const read = noSections()
    for (const [key, value] of await storage.list(prefix)) {
      const end = key.indexOf('/', prefix.length)
      read[key.slice(prefix.length, end) as Section].set(key.slice(end + 1), value)
    }
    become(read)
  }

  function become(sections: Sections): void {
    kept = sections
    shown.clear()
    view = new Draft(kept, shown)
  }

  /** One after the other: each sees what the one before it left. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work)
    turn = done.catch(() => {})
    return done
  }

  async function write<T>(work: (draft: Draft) => T): Promise<T> {
    for (;;) {
      const draft = new Draft(kept)
      const result = work(draft)
      if (sections.every(section => draft.changes[section].size === 0)) return result
      draft.changes.own.set('generation', (generation() ?? 0) + 1)
      const changes = keysOf(draft.changes)
      const written = await storage.write({
        put: changes.filter(([, value]) => value !== undefined),
        delete: changes.filter(([, value]) => value === undefined).map(([key]) => key),
        expect: { key: generationKey, value: generation() },
      })
      if (written) {
        const topics = topicsOf(draft.changes, kept)
        for (const name of touched(draft.changes, kept)) shown.delete(name)
        for (const section of sections) {
          for (const [name, value] of draft.changes[section]) {
            if (value === undefined) kept[section].delete(name)
            else kept[section].set(name, value)
          }
        }
        view = new Draft(kept, shown)
        if (topics.size > 0) told(topics)
        return result
      }
      // Another tab was first: again, on what it left.
      await load()
    }
  }

  /** Takes in what another tab wrote. */
  const refresh = () =>
    inTurn(async () => {
      if ((await storage.get(generationKey)) === generation()) return
      await load()
      told(everything)
    })

  await load()
  const unsubscribe = storage.subscribe?.(() => void refresh())
  return {
    /** The copy as it is, for reading. */
    get now(): Draft {
      return view
    },
    /** Changes it; `work` may run several times, and what it returns at last counts. */
    change: <T>(work: (draft: Draft) => T): Promise<T> => inTurn(() => write(work)),
    refresh,
    /** Deletes all of it. */
    wipe: () =>
      inTurn(async () => {
        for (let done = false; !done; ) {
          await load()
          const gone = keysOf(kept).map(([key]) => key)
          done = await storage.write({ put: [], delete: gone, expect: { key: generationKey, value: generation() } })
        }
        become(noSections())
        told(everything)
      }),
    close: () => unsubscribe?.(),
  }
}
export type Copy = Awaited<ReturnType<typeof openCopy>>

const everything: ReadonlySet<Topic> = new Set([...kinds, 'settings'])

/** The things that changes concern, as `kind/id`. */
function touched(changes: Sections, before: Sections): string[] {
  const about = (['op', 'ask'] as const).flatMap(section =>
    Array.from(
      changes[section],
      ([name, value]) => (value ?? before[section].get(name)) as Queued | Question | undefined,
    ),
  )
  return [...changes.thing.keys(), ...about.flatMap(one => (one ? [`${one.kind}/${one.id}`] : []))]
}

/** What changes are about. */
function topicsOf(changes: Sections, before: Sections): Set<Topic> {
  const topics = new Set<Topic>(touched(changes, before).map(name => name.split('/')[0] as Kind))
  const [now, then] = [changes.own, before.own].map(of => of.get('meta') as Meta | undefined)
  if (now && !same(shownOf(now), shownOf(then ?? firstMeta))) topics.add('settings')
  return topics
}

const shownOf = ({ settings, behindMs = 0 }: Meta) => [settings, significant(behindMs)]

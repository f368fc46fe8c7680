/**
 * What `POST /sync` promises, written from its contract alone (docs/sync.md, docs/decisions/sync.md) as plainly as can be:
 * things in a map, one at a time, no batches, no versions.
 */

export const kinds = ['mood', 'task', 'practice'] as const
export type Kind = (typeof kinds)[number]
export type Fields = Record<string, unknown>

export interface Operation {
  kind: Kind
  op: 'create' | 'update' | 'delete' | 'restore'
  id: string
  op_id?: string
  if_revision?: number
  value?: Fields
}

export interface Thing {
  kind: Kind
  id: string
  revision: number
  state: 'living' | 'deleted' | 'purged'
  value: Fields
  /** The value that made it. */
  submitted: string
  /** The request that changed it last. */
  changedBy: number
}

export interface Expected {
  status: string
  revision?: number
  value?: Fields | null
  code?: string
}

export function syncModel() {
  const things = new Map<string, Thing>()
  /** The operations that were done, with the revisions of their things after them. */
  const done = new Map<string, number>()
  let request = 0

  const keyOf = ({ kind, id }: { kind: Kind; id: string }) => `${kind} ${id}`

  function change(thing: Thing, more: Partial<Thing>) {
    Object.assign(thing, more, { revision: thing.revision + 1, changedBy: request })
  }

  /** The operations of a request. */
  function push(operations: readonly Operation[]): Expected[] {
    request++
    const before = new Map([...things].map(([key, { revision }]) => [key, revision]))
    /** Things that this device brought to where they are: `if_revision` says nothing of them. */
    const own = new Set<string>()
    const stuck = new Map<string, 'conflict' | 'deleted'>()
    return operations.map(one)

    function one(operation: Operation): Expected {
      const { kind, op, id, op_id: operationId, value = {} } = operation
      const key = keyOf(operation)
      const thing = things.get(key)
      if (op !== 'create') {
        if (operationId === undefined) return { status: 'rejected', code: 'invalid_request' }
        const led = done.get(operationId)
        if (led !== undefined) {
          stuck.delete(key)
          if (led === thing?.revision) own.add(key)
          return { status: 'unchanged', revision: thing?.revision as number }
        }
      }
      if (stuck.has(key)) return failed(stuck.get(key) as 'conflict')
      if (op === 'create') {
        const submitted = JSON.stringify(value)
        if (!thing) {
          things.set(key, { kind, id, revision: 1, state: 'living', value, submitted, changedBy: request })
          own.add(key)
          return { status: 'applied', revision: 1 }
        }
        if (thing.state !== 'living') return failed('deleted')
        if (thing.submitted !== submitted) return failed('conflict')
        if (thing.revision === 1) own.add(key)
        return { status: 'unchanged', revision: thing.revision }
      }
      if (!thing) return { status: 'rejected', code: 'not_found' }
      const isLiving = thing.state === 'living'
      if (op === 'update' && !isLiving) return failed('deleted')
      if (op === 'restore' && thing.state === 'purged') return failed('deleted')
      const same = Object.entries(value).every(([name, field]) => thing.value[name] === field)
      const isIdle = op === 'update' ? same : op === 'delete' ? !isLiving : isLiving
      if (isIdle) return finished('unchanged')
      const seen = operation.if_revision
      if (seen !== undefined && !own.has(key) && seen !== before.get(key)) return failed('conflict')
      if (op === 'update') change(thing, { value: { ...thing.value, ...value } })
      else change(thing, { state: op === 'delete' ? 'deleted' : 'living' })
      return finished('applied')

      function finished(status: string): Expected {
        // What it found as it wanted it is not its own.
        done.set(operationId as string, status === 'applied' ? (thing as Thing).revision : 0)
        return { status, revision: (thing as Thing).revision }
      }

      function failed(status: 'conflict' | 'deleted'): Expected {
        stuck.set(key, status)
        const { revision, state, value } = thing as Thing
        return { status, revision, ...(status === 'conflict' && { value: state === 'living' ? value : null }) }
      }
    }
  }

  return {
    things,
    push,
    /** What another device does by a route of its own. */
    single(thing: Thing, more: Partial<Thing>) {
      request++
      if (more.state === 'purged' && thing.state !== 'living') thing.state = 'purged'
      else change(thing, more)
    },
    /**
     * What a device has to be sent.
     * @param seen the revisions that it was sent, by key.
     * @param began the request before which it began: it needs nothing that was deleted earlier.
     */
    changesFor(seen: ReadonlyMap<string, number>, began: number): Thing[] {
      return [...things.values()].filter(
        thing =>
          thing.revision > (seen.get(keyOf(thing)) ?? 0) && (thing.state === 'living' || thing.changedBy > began),
      )
    },
    get requests() {
      return request
    },
    keyOf,
  }
}

/**
 * What must exist, by what the app has acknowledged. Of each field it keeps the values that nobody has replaced knowingly: with
 * one device that is the last value; where two devices wrote unknown to each other it is both, until the person chose. A value
 * that is left at the end, and is not the server's, is a write that was lost in silence.
 */

export interface Kept {
  id: string
  kind: 'mood' | 'task'
  /** Note or title: each value is written once, so that one knows what was seen. */
  text: Set<string | null>
  /** Mood or state, day or due date: the same value may be written twice. */
  others: Map<string, Set<unknown>>
  alive: Set<boolean>
  /** What was done to it, for who looks for a fault. */
  history: string[]
}

export interface TextWrite {
  /** What the device showed before. */
  seen: string | null
  value: string | null
}

export class Model {
  readonly things = new Map<string, Kept>()
  /** The step that it is told of, for the history. */
  at = ''
  readonly #byText = new Map<string, string>()

  create(kind: Kept['kind'], id: string, text: string | null, others: Record<string, unknown>): void {
    const sets = Object.entries(others).map(([name, value]) => [name, new Set([value])] as const)
    const sure = { text: new Set([text]), others: new Map(sets), alive: new Set([true]) }
    this.things.set(id, { id, kind, ...sure, history: [`${this.at} made`] })
    if (text !== null) this.#byText.set(text, id)
  }

  get(id: string): Kept {
    const thing = this.things.get(id)
    if (!thing) throw new Error(`nobody made ${id}`)
    return thing
  }

  /** Whose text it is, or was. */
  ownerOf = (text: string): string | undefined => this.#byText.get(text)

  /** The text that was seen is replaced; any other that nobody has seen stays. */
  writeText(id: string, { seen, value }: TextWrite): void {
    const { text, history } = this.get(id)
    history.push(`${this.at} ${seen} became ${value}`)
    text.delete(seen)
    text.add(value)
    if (value !== null) this.#byText.set(value, id)
  }

  /** The person has read this value beside another one, and decided against it. */
  declineText(id: string, value: string | null): void {
    const { text, history } = this.get(id)
    history.push(`${this.at} ${value} declined`)
    text.delete(value)
  }

  /** The person has read this value beside another one, and decided for it. */
  chooseText(id: string, value: string | null): void {
    const { text, history } = this.get(id)
    history.push(`${this.at} ${value} chosen`)
    text.add(value)
  }

  /** @param isContested whether another device may have written it too, or the device did not know the latest. */
  write(id: string, name: string, value: unknown, isContested: boolean): void {
    const { others, history } = this.get(id)
    history.push(`${this.at} ${name} became ${value}${isContested ? ', contested' : ''}`)
    const values = others.get(name)
    if (values && isContested) values.add(value)
    else others.set(name, new Set([value]))
  }

  setAlive(id: string, value: boolean, isContested: boolean): void {
    const thing = this.get(id)
    thing.history.push(`${this.at} ${value ? 'restored' : 'deleted'}${isContested ? ', contested' : ''}`)
    if (isContested) thing.alive.add(value)
    else thing.alive = new Set([value])
  }

  /**
   * What is wrong with what the server has at the end.
   * @returns sentences; empty when all is well.
   */
  faultsOf(stored: ReadonlyMap<string, { deleted: boolean; value: Record<string, unknown> | null }>): string[] {
    const faults: string[] = []
    for (const [id, { deleted, value }] of stored) {
      if (!this.things.has(id) && !deleted)
        faults.push(`${id} was never logged, or is there twice: ${JSON.stringify(value)}`)
    }
    for (const { id, kind, text, others, alive, history } of this.things.values()) {
      const there = stored.get(id)
      const isAlive = there !== undefined && !there.deleted
      const name = `${kind} ${id} (${history.join('; ')})`
      if (!alive.has(isAlive)) faults.push(`${name} ${isAlive ? 'came back though deleted' : 'is lost'}`)
      if (!isAlive) continue
      const value = there.value ?? {}
      const own = (value[kind === 'mood' ? 'note' : 'title'] ?? null) as string | null
      if (!text.has(own)) faults.push(`${name}: the server has “${own}”`)
      if (text.size > 1) faults.push(`${name}: only “${own}” is left, and nobody was asked`)
      for (const [field, values] of others) {
        if (!values.has(value[field]))
          faults.push(`${name}: ${field} is ${value[field]}, and was to be ${[...values].join(' or ')}`)
      }
    }
    return faults
  }
}

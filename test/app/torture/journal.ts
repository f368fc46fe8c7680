import { same } from '../../../client/src/sync/records.ts'
import type { Copy, Device } from './device.ts'

/** What became of each thing in a sequence, for who looks for a fault: on the devices after each step, and between them and the server. */
export class Journal {
  readonly #lines: { text: string; id?: string }[] = []
  readonly #last = new Map<string, unknown>()

  step(text: string): void {
    this.#lines.push({ text })
  }

  /** What went over the network about a thing. */
  sent(text: string, id: string): void {
    this.#lines.push({ text: `    ${text}`, id })
  }

  /** What a device has, as far as that has changed. */
  async devices(devices: readonly Device[]): Promise<void> {
    for (const [n, device] of devices.entries()) {
      const copy = await device.copy()
      for (const id of [...copy.ids('mood'), ...copy.ids('task')]) this.#state(`device ${n}`, id, stateOf(copy, id))
    }
  }

  #state(where: string, id: string, state: object): void {
    const name = `${where} ${id}`
    if (same(this.#last.get(name), state)) return
    this.#last.set(name, state)
    this.#lines.push({ text: `  ${where}: ${JSON.stringify(state)}`, id })
  }

  /** The lines about the things that a text names. */
  about(text: string): string[] {
    return this.#lines.filter(({ id }) => id === undefined || text.includes(id)).map(line => line.text)
  }
}

function stateOf({ bases, ops, questions }: Copy, id: string): object {
  const base = bases.get(`mood/${id}`) ?? bases.get(`task/${id}`)
  const { note, title, mood, completed, date } = base?.value ?? {}
  const known = base && { revision: base.revision, deleted: base.deleted, note, title, mood, completed, date }
  const queue = ops.filter(op => op.id === id).map(({ kind: _, id: __, shown: ___, ...op }) => op)
  return { known, queue, question: questions.find(question => question.id === id) }
}

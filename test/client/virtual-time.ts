/** Time that a test moves: timers run in order as it passes. */
export function virtualTime(start: number) {
  const timers = new Map<number, { at: number; work: () => void }>()
  let lastId = 0
  const time = {
    now: start,
    later(work: () => void, ms: number): () => void {
      const id = ++lastId
      timers.set(id, { at: time.now + ms, work })
      return () => timers.delete(id)
    },
    /** Lets everything happen that is due. */
    settle: (): Promise<void> => time.pass(0),
    /** Lets time pass, in ms. */
    async pass(ms: number): Promise<void> {
      const end = time.now + ms
      await turns()
      for (;;) {
        const due = [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0]
        if (!due) break
        const [id, { at, work }] = due
        timers.delete(id)
        time.now = Math.max(time.now, at)
        work()
        await turns()
      }
      time.now = end
    },
    /** The number of timers that are set. */
    get pending(): number {
      return timers.size
    },
  }
  return time
}

/** Lets promises go on. */
async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise(resolve => setImmediate(resolve))
}
export type VirtualTime = ReturnType<typeof virtualTime>

/**
 * Hands out turns of the event loop: each caller gets one of its own, in order, and between two of them everything else
 * that waits (sockets, timers) is served. So however many streams there are, others wait for one step of one of them.
 */
export function turnTaker(): () => Promise<void> {
  const waiting: (() => void)[] = []
  const next = () => {
    waiting.shift()?.()
    if (waiting.length > 0) setImmediate(next)
  }
  return () =>
    new Promise(resolve => {
      if (waiting.push(resolve) === 1) setImmediate(next)
    })
}

/**
 * Does work that comes in parts, with a turn between any two of them.
 * @param turn waits until it is this work's turn.
 */
export async function inTurns<T>(work: Generator<void, T, void>, turn: () => Promise<void>): Promise<T> {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
    await turn()
  }
}

import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'

/** Where ports are looked for: from here to where those begin that the system gives out. */
const first = 10_000
const fewest = 1_000

/**
 * A port on which nothing listens. Whoever asks the system for any port, and each connection, gets one of a range of its own,
 * which on a busy machine may be the one that was free a moment ago: so it is outside of that range, where it is known.
 */
export async function freePort(): Promise<number> {
  const end = beginOfGiven()
  for (;;) {
    const wanted = end - first < fewest ? 0 : first + Math.floor(Math.random() * (end - first))
    const port = await listenedOn(wanted)
    if (port !== undefined) return port
  }
}

/** The first port that Linux gives out by itself; 0 elsewhere. */
function beginOfGiven(): number {
  try {
    return Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10)
  } catch {
    return 0
  }
}

/**
 * @param wanted 0 for any.
 * @returns undefined where it is taken.
 */
function listenedOn(wanted: number): Promise<number | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

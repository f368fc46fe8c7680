import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'

export const password = 'correct horse battery'

/** Somebody who is signed in. */
export interface Person {
  id: string
  username: string
  authorization: string
}

/** What came of requests: how many of each status, and how many connections broke. */
export type Outcome = Record<string, number>

/** A server under its worst load: requests to it are bounded by the scenario, and to this machine. */
export class Api {
  readonly #agent = new Agent({ keepAlive: true })
  readonly outcome: Outcome = {}
  readonly #url: string
  constructor(url: string) {
    this.#url = url
  }

  /** Sends a request and reads all of the answer: counts what it came to, or with `keep` returns its body. */
  async send(line: string, { as, body, type = 'application/json', keep = false }: Sent = {}): Promise<string> {
    const [method = '', path = ''] = line.split(/ (.*)/)
    const payload = body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body)
    const headers = {
      ...(as && { authorization: as.authorization }),
      ...(payload !== undefined && { 'content-type': type, 'content-length': String(Buffer.byteLength(payload)) }),
    }
    try {
      const asked = request(this.#url + path, { method, headers, agent: this.#agent })
      asked.end(payload)
      const [answer] = (await once(asked, 'response')) as [IncomingMessage]
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => void (keep && chunks.push(chunk)))
      await once(answer, 'end')
      if (!keep) this.#count(String(answer.statusCode))
      return Buffer.concat(chunks).toString()
    } catch (error) {
      this.#count((error as { code?: string }).code ?? 'broken')
      return ''
    }
  }

  /**
   * Signs somebody up.
   * @throws {Error} where that fails.
   */
  async signUp(username: string, role: 'member' | 'instructor' = 'member'): Promise<Person> {
    return this.#person(username, await this.send('POST /signup', { body: { username, password, role }, keep: true }))
  }

  /** Signs somebody in: the proof is then young. */
  async signIn(username: string): Promise<Person> {
    return this.#person(username, await this.send('POST /login', { body: { username, password }, keep: true }))
  }

  /**
   * Sends a request and reads nothing of the answer.
   * @returns what hangs up.
   */
  silentReader(path: string, as: Person): () => void {
    const { hostname, port } = new URL(this.#url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    socket.pause()
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${as.authorization}\r\n\r\n`)
    return () => socket.destroy()
  }

  /**
   * Sends a request and takes 64 KiB of the answer at a time, which is what a socket holds.
   * @returns what hangs up.
   */
  tricklingReader(path: string, as: Person, everyMs: number): () => void {
    const { hostname, port } = new URL(this.#url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    socket.pause()
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${as.authorization}\r\n\r\n`)
    const timer = setInterval(() => void socket.read(), everyMs)
    return () => {
      clearInterval(timer)
      socket.destroy()
    }
  }

  close() {
    this.#agent.destroy()
  }

  #person(username: string, answer: string): Person {
    if (!answer.includes('"token"')) throw new Error(`${username} cannot sign in: ${answer}`)
    const { id, token } = JSON.parse(answer) as { id: string; token: string }
    return { id, username, authorization: `Bearer ${token}` }
  }

  #count(what: string) {
    this.outcome[what] = (this.outcome[what] ?? 0) + 1
  }
}

interface Sent {
  as?: Person
  body?: unknown
  type?: string
  keep?: boolean
}

/**
 * Floods a server with wrong logins, from one address or from as many as there are connections, and counts the answers.
 */
import autocannon from 'autocannon'
import { people } from './people.ts'

/** The options, as the only argument, in JSON. */
export interface Flood {
  url: string
  connections: number
  seconds: number
  /** Whether each connection forwards for another address, as a trusted proxy. */
  manyAddresses: boolean
}

/** The number of answers by status. */
export type FloodResult = Record<string, number>

const { url, connections, seconds, manyAddresses } = JSON.parse(process.argv[2] as string) as Flood
const result: FloodResult = {}
let connected = 0
let sent = 0
await new Promise<void>((resolve, reject) => {
  const headers = { 'content-type': 'application/json' }
  /** Every other one guesses at an existing user. */
  const setupRequest = (request: autocannon.Request) => {
    const username = ++sent % 2 === 0 ? people.beginner.username : `nobody-${sent}`
    return { ...request, body: JSON.stringify({ username, password: 'not the right one' }) }
  }
  const setupClient = (client: autocannon.Client) => {
    const n = ++connected
    if (manyAddresses) client.setHeaders({ ...headers, 'x-forwarded-for': `198.18.${n >> 8}.${n & 255}` })
  }
  const options = { url: `${url}/login`, connections, duration: seconds, setupClient, requests: [{ setupRequest }] }
  const instance = autocannon({ ...options, method: 'POST', headers }, error => (error ? reject(error) : resolve()))
  instance.on('response', (_client, status) => {
    result[status] = (result[status] ?? 0) + 1
  })
})
process.stdout.write(JSON.stringify(result))

import type { Test } from 'tap'
import { password } from './helper.ts'
import { type ServerProcess, send } from './server-process.ts'

const parallel = 50

/** Of many refreshes at once, over connections of their own to servers in turn, all get one successor; as often as asked. */
export async function refreshAtOnce(t: Test, servers: readonly ServerProcess[], rounds: number): Promise<void> {
  const at = (i: number) => servers[i % servers.length] as ServerProcess
  const refresh = (i: number, token: string) =>
    send(at(i), '/refresh', { body: { refresh_token: token }, headers: { connection: 'close' } })

  const signedUp = await send(at(0), '/signup', { body: { username: 'ines', password } })
  let token: string = signedUp.json().refresh_token
  for (let round = 1; round <= rounds; round++) {
    const answers = await Promise.all(Array.from({ length: parallel }, (_, i) => refresh(i, token)))
    const statuses = new Set(answers.map(({ status }) => status))
    const successors = new Set(answers.map(answer => answer.json().refresh_token))
    // Like a client that lost all of these answers.
    const retry = await refresh(round, token)
    const me = await send(at(round + 1), '/me', { token: retry.json().token })
    successors.add(retry.json().refresh_token)
    t.strictSame(
      { statuses: [...statuses], successors: successors.size, retry: retry.status, me: me.status },
      { statuses: [200], successors: 1, retry: 200, me: 200 },
      `round ${round}`,
    )
    token = retry.json().refresh_token
  }
}

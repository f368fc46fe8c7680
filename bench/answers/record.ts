import { join } from 'node:path'
import type { Test } from 'tap'
import { mailbox } from '../../test/mailbox.ts'
import { standIn } from '../../test/oauth/stand-in.ts'
import { type Checkout, runAdmin, startCheckout } from '../checkout.ts'
import { temporaryFolder } from '../processes.ts'
import { accountCalls } from './accounts.ts'
import { adminCalls } from './admin.ts'
import { limitCalls } from './limits.ts'
import { mailCalls } from './mail.ts'
import { moodCalls } from './moods.ts'
import { oauthCalls } from './oauth.ts'
import { profileCalls } from './profile.ts'
import { protocolCalls } from './protocol.ts'
import { type Recorded, Script } from './script.ts'
import { taskCalls } from './tasks.ts'
import { yogaCalls } from './yoga.ts'

/** The address of a fresh, empty database. */
export type FreshDatabase = () => Promise<string>

export const freshSqlite: FreshDatabase = async () => `file:${join(temporaryFolder(), 'answers.db')}`

const always = {
  NODE_ENV: 'test',
  JWT_SECRET: 'only for comparing answers, and long enough for that',
  LOG_LEVEL: 'fatal',
  BCRYPT_COST: '4',
}

/**
 * Sends the whole script to the server of a checkout.
 * @returns its answers, normalized, in the order of the calls.
 */
export async function record(checkout: Checkout, fresh: FreshDatabase): Promise<Recorded[]> {
  const teardowns: (() => unknown)[] = []
  const until = { teardown: (ending: () => unknown) => void teardowns.push(ending) } as unknown as Test
  try {
    const provider = await standIn(until)
    const inbox = await mailbox(until)
    const everything = {
      RATE_LIMIT: 'off',
      SMTP_URL: `${inbox.url}?ignoreTLS=true`,
      CORS_ORIGINS: 'https://app.example.org',
      OAUTH_REDIRECTS: '/,moodapp://signed-in',
      ...provider.env('STANDIN'),
      ...provider.env('AWAY'),
      // Nobody listens at the port that discards what comes.
      OAUTH_AWAY_ISSUER: 'http://127.0.0.1:9',
    }
    const addresses = { [provider.issuer]: '<provider>', [encodeURIComponent(provider.issuer)]: '<provider>' }
    const open = await onServer(checkout, await fresh(), everything, addresses, async script => {
      await accountCalls(script)
      await moodCalls(script)
      await taskCalls(script)
      await yogaCalls(script)
      await profileCalls(script)
      await adminCalls(script)
      await protocolCalls(script)
      await mailCalls(script, inbox)
      await oauthCalls(script, provider)
    })
    const limited = await onServer(
      checkout,
      await fresh(),
      { RATE_LIMIT: 'on', SIGNUP_ROLES: 'member' },
      {},
      limitCalls,
    )
    return [...open, ...limited]
  } finally {
    for (const teardown of teardowns) await teardown()
  }
}

async function onServer(
  checkout: Checkout,
  databaseUrl: string,
  more: Record<string, string>,
  addresses: Record<string, string>,
  send: (script: Script) => Promise<void>,
): Promise<Recorded[]> {
  const env = { ...always, ...more, DATABASE_URL: databaseUrl }
  const server = await startCheckout(checkout, env)
  const grant = (username: string, role: string) => runAdmin(checkout, env, ['grant', username, role])
  const script = new Script(server.url, addresses, grant)
  try {
    await send(script)
    return script.recorded
  } finally {
    script.close()
    await server.stop()
  }
}

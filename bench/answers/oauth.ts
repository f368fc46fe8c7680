import { createHash } from 'node:crypto'
import type { Claims, StandIn } from '../../test/oauth/stand-in.ts'
import { givenId } from './normal.ts'
import type { Answer, Person, Script } from './script.ts'

const verifier = 'a-verifier-of-at-least-forty-three-characters'
const challenge = createHash('sha256').update(verifier).digest('base64url')
/** Of another sign-in, as the stand-in writes them. */
const otherCode = Buffer.from(JSON.stringify({ nonce: 'x', challenge: 'x', person: {} })).toString('base64url')
const opened = { 'sec-fetch-site': 'same-origin' }

/** Signing in by a provider that says whatever the script wants. */
export async function oauthCalls(script: Script, provider: StandIn) {
  await starts(script)
  const browser = await begin(script, 'in a browser')
  await script.call('come back without the cookie', `GET ${back(browser, provider, 'one')}`)
  await script.call('come back in a browser', `GET ${back(browser, provider, 'one')}`, { headers: cookieOf(browser) })
  await script.call('come back twice', `GET ${back(browser, provider, 'one')}`, { headers: cookieOf(browser) })
  const again = await begin(script, 'a second time')
  await script.call('come back a second time', `GET ${back(again, provider, 'one')}`, { headers: cookieOf(again) })
  const refused = await begin(script, 'and refuse')
  const state = visitOf(refused).state
  await script.call(
    'come back refused',
    `GET /oauth/standin/callback?error=access_denied&iss=${provider.issuer}&state=${state}`,
    {
      headers: cookieOf(refused),
    },
  )
  const broken = await begin(script, 'with a code that is none')
  await script.call(
    'come back with a code that is none',
    `GET /oauth/standin/callback?code=${otherCode}&iss=${provider.issuer}&state=${visitOf(broken).state}`,
    {
      headers: cookieOf(broken),
    },
  )

  const app = await begin(script, 'in an app', `?redirect_to=moodapp://signed-in&code_challenge=${challenge}`)
  const there = await script.call('come back to an app', `GET ${back(app, provider, 'two')}`, {
    headers: cookieOf(app),
  })
  const code = new URL(String(there.headers.location)).searchParams.get('code') ?? ''
  const exchange = (what: string, body: unknown) => script.call(`exchange ${what}`, 'POST /oauth/exchange', { body })
  await exchange('nonsense', { code: 'nonsense', code_verifier: verifier })
  await exchange('without a verifier', { code })
  const signedIn = await exchange('the code', { code, code_verifier: verifier })
  await exchange('it again', { code, code_verifier: verifier })
  await identities(script, provider, signedIn)
}

async function starts(script: Script) {
  const lines: Record<string, string> = {
    'at nobody': '/oauth/nobody',
    'at one that is away': '/oauth/away',
    'to elsewhere': '/oauth/standin?redirect_to=https://evil.example',
    'in an app without a challenge': '/oauth/standin?redirect_to=moodapp://signed-in',
    'in a browser with a challenge': `/oauth/standin?code_challenge=${challenge}`,
    'with an unknown parameter': '/oauth/standin?x=1',
    'to link as nobody': '/oauth/standin?link=1',
  }
  for (const [what, path] of Object.entries(lines)) await script.call(`begin ${what}`, `GET ${path}`)
  await script.call('begin by HEAD', 'HEAD /oauth/standin')
  await script.call('come back to nothing', 'GET /oauth/standin/callback?code=x&state=y')
  await script.call('come back from nobody', 'GET /oauth/nobody/callback?code=x&state=y')
}

async function identities(script: Script, provider: StandIn, signedIn: Answer) {
  const as = `Bearer ${signedIn.at('token')}`
  const own = await script.call('identities', 'GET /account/identities', { as })
  const path = `/account/identities/${own.at('identities.0.id')}`
  await script.call('unlink the last way in', `DELETE ${path}`, { as })
  await script.call('unlink an id that is none', 'DELETE /account/identities/none', { as })
  const zoe = await script.signUp('zoe')
  const link = async (what: string, subject: string) => {
    const begun = await begin(script, `to link ${what}`, '?link=1', { ...opened, cookie: zoe.cookie })
    const cookie = `${zoe.cookie}; ${cookieOf(begun).cookie}`
    return script.call(`come back linked ${what}`, `GET ${back(begun, provider, subject)}`, { headers: { cookie } })
  }
  await link('another', 'three')
  await link("somebody else's", 'two')
  await script.call('begin to link from elsewhere', 'GET /oauth/standin?link=1', {
    headers: { cookie: zoe.cookie, 'sec-fetch-site': 'cross-site' },
  })
  await unlink(script, zoe)
}

async function unlink(script: Script, zoe: Person) {
  const linked = await script.call('identities when linked', 'GET /account/identities', { as: zoe })
  const path = `/account/identities/${linked.at('identities.0.id')}`
  await script.call('unlink', `DELETE ${path}`, { as: zoe })
  await script.call('unlink again', `DELETE ${path}`, { as: zoe })
  await script.call('unlink what never was', `DELETE /account/identities/${givenId(500)}`, { as: zoe })
  await script.call('events of linking', 'GET /account/events', { as: zoe })
}

function begin(script: Script, what: string, query = '', headers: Record<string, string> = {}): Promise<Answer> {
  return script.call(`begin ${what}`, `GET /oauth/standin${query}`, { headers })
}

/** What the provider was sent; empty where nobody was sent to it. */
function visitOf({ headers: { location = '' } }: Answer) {
  const asked = URL.canParse(location) ? new URL(location).searchParams : new URLSearchParams()
  const of = (name: string) => asked.get(name) ?? ''
  return {
    state: of('state'),
    nonce: asked.get('nonce'),
    challenge: of('code_challenge'),
    redirectUri: of('redirect_uri'),
  }
}

/** The cookie that binds a sign-in to the browser. */
function cookieOf({ headers }: Answer): { cookie: string } {
  return { cookie: (headers['set-cookie'] ?? []).map(line => line.split(';')[0]).join('; ') }
}

/** Where the provider sends the browser back to, for somebody who has said yes. */
function back(begun: Answer, provider: StandIn, subject: string): string {
  const visit = visitOf(begun)
  const person: Claims = { sub: subject, email: `${subject}@example.org`, email_verified: true, given_name: subject }
  const query = new URLSearchParams({ code: provider.code(visit, person), state: visit.state, iss: provider.issuer })
  return `/oauth/standin/callback?${query}`
}

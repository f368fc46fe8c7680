import { createHash, randomBytes } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import type { App } from '../helper.ts'
import type { Claims, StandIn, Visit } from './stand-in.ts'

/** A verifier of an app, and its challenge. */
export function pkce() {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** The parameters of a redirect to a provider. */
export function visitOf(location: unknown): Visit {
  const { searchParams } = new URL(String(location))
  return {
    state: searchParams.get('state') as string,
    nonce: searchParams.get('nonce'),
    challenge: searchParams.get('code_challenge') as string,
    redirectUri: searchParams.get('redirect_uri') as string,
  }
}

/** A browser with cookies, at the API. */
export function browser(app: App) {
  const cookies: Record<string, string> = {}
  async function send(method: 'GET' | 'DELETE', url: string, headers: Record<string, string> = {}) {
    const answer = await app.inject({ method, url, cookies, headers })
    for (const { name, value, maxAge } of answer.cookies) {
      if (value === '' || maxAge === 0) delete cookies[name]
      else cookies[name] = value
    }
    return answer
  }
  const get = (url: string, headers?: Record<string, string>) => send('GET', url, headers)

  return {
    cookies,
    get,
    delete: (url: string) => send('DELETE', url, { 'sec-fetch-site': 'same-origin' }),

    /**
     * Starts a sign-in;
     * @returns the parameters for the provider.
     */
    async begin(provider: string, query: Record<string, string> = {}): Promise<Visit> {
      const answer = await get(`/oauth/${provider}?${new URLSearchParams(query)}`, { 'sec-fetch-site': 'same-origin' })
      if (answer.statusCode !== 302) throw new Error(`${answer.statusCode} ${answer.body}`)
      return visitOf(answer.headers.location)
    },

    /**
     * Returns from the stand-in as a person.
     * @param more of the query.
     */
    arrive(at: StandIn, provider: string, visit: Visit, person: Claims, more: Record<string, string> = {}) {
      const query = { code: at.code(visit, person), state: visit.state, ...issuerOf(at, provider), ...more }
      return get(`/oauth/${provider}/callback?${new URLSearchParams(query)}`)
    },

    /** All of it. */
    async signIn(at: StandIn, provider: string, person: Claims, query: Record<string, string> = {}) {
      const visit = await this.begin(provider, query)
      return this.arrive(at, provider, visit, person)
    },

    /** The user of the cookie. */
    async whoami(): Promise<Claims | undefined> {
      const answer = await get('/check_session')
      return answer.statusCode === 200 ? answer.json() : undefined
    },
  }
}

export type Browser = ReturnType<typeof browser>

function issuerOf({ issuer }: StandIn, provider: string): Record<string, string> {
  return ['github', 'facebook'].includes(provider) ? {} : { iss: issuer }
}

/** Whether an answer signed a user in. */
export function isSignedIn(answer: LightMyRequestResponse): boolean {
  return answer.cookies.some(({ name, value }) => name.endsWith('session') && value !== '')
}

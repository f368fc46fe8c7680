import { createHash, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'

export type Claims = Record<string, unknown>

/** What a browser brings to the provider. */
export interface Visit {
  state: string
  nonce: string | null
  challenge: string
  redirectUri: string
}

/** What the stand-in does otherwise than an honest provider would. */
export interface Mischief {
  discovery?: (metadata: Claims) => unknown
  header?: Claims
  /** Makes the signature of the token. */
  signature?: (input: string) => string
  /** Makes the whole answer, by the path asked for. */
  answer?: (path: string, response: ServerResponse) => boolean
}

/** The value of a claim that is to be left out. */
export const none = '(none)'

export const clientId = 'moodstreak-test'
export const clientSecret = 'a secret between the two, canary-client-secret'

/**
 * A provider in this process that says whatever the test wants: OpenID, and the APIs of GitHub and Facebook. The code
 * it gives out holds whom it stands for, so it remembers nothing.
 */
export async function standIn(t: Test) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const asked: string[] = []
  const standIn = {
    issuer,
    privateKey,
    /** The paths that were asked for. */
    asked,
    mischief: {} as Mischief,
    /** The environment that makes it a provider. */
    env: (name: string) => ({
      [`OAUTH_${name}_CLIENT_ID`]: clientId,
      [`OAUTH_${name}_CLIENT_SECRET`]: clientSecret,
      ...(['GITHUB', 'FACEBOOK'].includes(name) ? {} : { [`OAUTH_${name}_ISSUER`]: issuer }),
    }),
    /** The code of somebody who has said yes. */
    code: ({ nonce, challenge }: Visit, person: Claims) =>
      Buffer.from(JSON.stringify({ nonce, challenge, person })).toString('base64url'),
  }

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const path = (request.url ?? '').replace(/\?.*/, '')
    asked.push(path)
    const json = (body: unknown, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (standIn.mischief.answer?.(path, response)) return
    const body = new URLSearchParams(await text(request))
    if (path === '/.well-known/openid-configuration') return json(metadata())
    if (path === '/jwks') return json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' }] })
    if (request.method === 'POST') return json(...tokens(body))
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (bearer === undefined) return json({ error: 'no token' }, 401)
    const { person } = read(bearer)
    if (path === '/user/emails') return json(person.emails)
    return json(person)
  }

  function metadata() {
    const honest = {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      authorization_response_iss_parameter_supported: true,
      token_endpoint_auth_methods_supported: ['client_secret_post'],
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    }
    return standIn.mischief.discovery?.(honest) ?? honest
  }

  function tokens(body: URLSearchParams): [unknown, number?] {
    const { nonce, challenge, person } = read(body.get('code') ?? '')
    const { answered, ...claims } = person
    const verifier = body.get('code_verifier') ?? ''
    if (createHash('sha256').update(verifier).digest('base64url') !== challenge)
      return [{ error: 'invalid_grant' }, 400]
    if (body.get('client_secret') !== clientSecret) return [{ error: 'invalid_client' }, 401]
    const now = Math.floor(Date.now() / 1000)
    const claimed = { iss: issuer, aud: clientId, iat: now, exp: now + 300, nonce, ...claims }
    const honest = Object.fromEntries(Object.entries(claimed).filter(([, value]) => value !== none))
    const token = { access_token: body.get('code'), token_type: 'bearer', scope: '' }
    if (answered === 'no id_token' || nonce === null) return [token]
    return [{ ...token, id_token: jwt(honest) }]
  }

  function jwt(claims: Claims): string {
    const { header = {}, signature = signedWith(privateKey) } = standIn.mischief
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const input = `${part({ alg: 'RS256', kid: 'one', ...header })}.${part(claims)}`
    return `${input}.${signature(input)}`
  }

  return standIn
}

export type StandIn = Awaited<ReturnType<typeof standIn>>

export const signedWith = (key: KeyObject) => (input: string) =>
  sign('sha256', Buffer.from(input), key).toString('base64url')
export const macOf = (secret: string) => (input: string) =>
  createHmac('sha256', secret).update(input).digest('base64url')

function read(code: string): { nonce: string | null; challenge: string; person: Claims } {
  return JSON.parse(Buffer.from(code, 'base64url').toString())
}

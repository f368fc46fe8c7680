import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type Adapter, type AdapterPayload } from 'oidc-provider'
import type { Test } from 'tap'
import { freePort } from '../free-port.ts'
import { clientId, clientSecret } from './stand-in.ts'

/** Somebody at the provider. */
export interface Somebody {
  sub: string
  email?: string
  email_verified?: boolean
  preferred_username?: string
  given_name?: string
  family_name?: string
}

/** A real OpenID provider (`oidc-provider`) on a loopback port, whose people say yes to everything. */
export async function realProvider(t: Test, { redirectUri }: { redirectUri: string }) {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const people = new Map<string, Somebody>()
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const provider = new Provider(issuer, {
    adapter: memory(),
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    clientAuthMethods: ['client_secret_basic'],
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['preferred_username', 'given_name', 'family_name'],
    },
    cookies: { keys: ['of the test'] },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'real' }] as never },
    features: { devInteractions: { enabled: false } },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, accountId) => {
      const somebody = people.get(accountId)
      return somebody && { accountId, claims: () => ({ ...somebody }) }
    },
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId, accountId: oidc.session?.accountId as string })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
  })
  let present = ''
  const handle = provider.callback()
  const server = createServer((request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void handle(request, response)
    void provider.interactionFinished(request, response, { login: { accountId: present } })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })

  return {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    env: (name: string) => ({
      [`OAUTH_${name}_CLIENT_ID`]: clientId,
      [`OAUTH_${name}_CLIENT_SECRET`]: clientSecret,
      [`OAUTH_${name}_ISSUER`]: issuer,
    }),

    /**
     * Goes through the provider's pages as somebody.
     * @returns where it sends the browser in the end.
     */
    async visit(location: string, somebody: Somebody): Promise<string> {
      people.set(somebody.sub, somebody)
      present = somebody.sub
      const cookies: Record<string, string> = {}
      let url = location
      while (url.startsWith(issuer)) {
        const cookie = Object.entries(cookies).map(pair => pair.join('='))
        const answer = await fetch(url, { redirect: 'manual', headers: { cookie: cookie.join('; ') } })
        for (const set of answer.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
          cookies[name] = value
        }
        const next = answer.headers.get('location')
        if (next === null) throw new Error(`the provider answered ${answer.status} ${await answer.text()}`)
        url = new URL(next, url).href
      }
      return url
    },
  }
}

/** What the provider remembers; it warns of its own memory. */
function memory(): (model: string) => Adapter {
  const rows = new Map<string, AdapterPayload>()
  return model => {
    const key = (id: string) => `${model} ${id}`
    const by = (field: keyof AdapterPayload, value: string) =>
      [...rows].find(([of, row]) => of.startsWith(`${model} `) && row[field] === value)?.[1]
    return {
      upsert: async (id, row) => void rows.set(key(id), row),
      find: async id => rows.get(key(id)),
      findByUid: async uid => by('uid', uid),
      findByUserCode: async code => by('userCode', code),
      consume: async id => void Object.assign(rows.get(key(id)) ?? {}, { consumed: Math.floor(Date.now() / 1000) }),
      destroy: async id => void rows.delete(key(id)),
      revokeByGrantId: async grant => {
        for (const [of, row] of rows) if (row.grantId === grant) rows.delete(of)
      },
    }
  }
}

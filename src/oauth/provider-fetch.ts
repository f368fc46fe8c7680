import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { CustomFetch, CustomFetchOptions } from 'openid-client'
import { bareHost, isLoopbackAddress, isLoopbackHost, isPublicAddress } from '../outgoing/addresses.ts'
import { type AddressLookup, checkedLookup, systemLookup } from '../outgoing/public-lookup.ts'
import { ProviderError } from './provider.ts'

export interface ProviderFetchOptions {
  /** Whether providers may be on this machine: outside production. */
  loopback: boolean
  /** Maximum length of an answer. */
  maxBytes?: number
  /** Resolves a name. */
  addresses?: AddressLookup
}

/**
 * A `fetch` for providers. A provider's answers name the addresses of further calls, which are not trusted: besides its
 * own origin, which the operator configured, only public addresses are called, checked at the address that is really
 * connected to. No redirect is followed, no answer is read beyond its limit.
 */
export function providerFetch({ loopback, maxBytes = 1024 * 1024, addresses = systemLookup }: ProviderFetchOptions) {
  const isAllowed = (ip: string) => isPublicAddress(ip) || (loopback && isLoopbackAddress(ip))

  const checked = checkedLookup(isAllowed, forbidden, addresses)

  return (ownOrigin: string): CustomFetch =>
    async (address, { signal, ...options }) => {
      const url = new URL(address)
      const plain = url.protocol === 'http:'
      const host = bareHost(url.hostname)
      if (plain && !(loopback && isLoopbackHost(host))) throw forbidden()
      const trusted = url.origin === ownOrigin
      // A literal address in a URL is not looked up.
      if (!trusted && isIP(host) !== 0 && !isAllowed(host)) throw forbidden()
      try {
        const answer = await ask(plain ? requestPlain : requestSecure, url, options, {
          ...(signal && { signal }),
          // The option asks for all addresses of a name, all of which are checked.
          ...(!trusted && { lookup: checked, autoSelectFamily: true }),
        })
        return await responseOf(answer, maxBytes)
      } catch (error) {
        throw error instanceof ProviderError ? error : new ProviderError('provider_unavailable', reasonOf(error))
      }
    }
}

function ask(
  request: typeof requestPlain,
  url: URL,
  { method, headers, body }: CustomFetchOptions,
  connection: { signal?: AbortSignal; lookup?: LookupFunction; autoSelectFamily?: boolean },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // A new connection each time: calls are rare, and a reused one would outlive its check.
    const asked = request(url, { method, headers, agent: false, ...connection }, resolve)
    asked.on('error', reject)
    asked.end(body === undefined || body === null ? undefined : String(body))
  })
}

async function responseOf(answer: IncomingMessage, maxBytes: number): Promise<Response> {
  const status = Number(answer.statusCode)
  if (status >= 500) {
    answer.destroy()
    throw new ProviderError('provider_unavailable', `status ${status}`)
  }
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of answer) {
    length += chunk.length
    // Leaving the loop ends the connection.
    if (length > maxBytes) throw new ProviderError('provider_failed', 'too long')
    chunks.push(chunk)
  }
  const distinct = answer.headersDistinct as Record<string, string[]>
  const headers = Object.entries(distinct).flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, value]),
  )
  // `Response` accepts no body with these, not even an empty one.
  const bare = [204, 205, 304].includes(status)
  return new Response(bare ? null : Buffer.concat(chunks), { status, headers })
}

function forbidden(): ProviderError {
  return new ProviderError('provider_failed', 'an address that is not public')
}

/** Node's error code, such as ECONNREFUSED. */
function reasonOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? 'no answer')
}

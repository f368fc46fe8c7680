import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { isIP } from 'node:net'
import webPush from 'web-push'
import { bareHost, isLoopbackAddress, isLoopbackHost, isPublicAddress, isPublicName } from '../outgoing/addresses.ts'
import { checkedLookup, dnsLookup } from '../outgoing/public-lookup.ts'
import type { PushTarget } from './subscription-store.ts'
import type { VapidKeys } from './vapid-keys.ts'

export interface PushOptions {
  /** Whether push services may be on this machine, and speak plain HTTP: for tests. */
  loopback?: boolean
  /** Their port; another for tests. */
  port?: number
  /** Instead of the machine's, as `ip:port`; for tests. */
  nameServers?: string[]
  /** For one device in total. */
  timeoutMs?: number
}

/** Part of the time for one device: what is left is enough to send. */
const lookupTimeoutMs = 3_000
/** RFC 8030, section 3. */
const httpsPort = 443

/**
 * What became of a message: the push service has it; it does not know the device any more; it certainly has it not, and may
 * take it later; or nobody knows.
 */
export type PushOutcome = 'accepted' | 'gone' | 'refused' | 'unknown'

export interface PushMessage {
  /** Names no content: whoever runs the push service could not read it, but the lock screen shows it. */
  payload: object
  /** How long it is worth anything. */
  ttlSeconds: number
  /** Takes the place of an earlier one that the device has not got yet. */
  topic: string
}

/**
 * Sends to the push services of browsers (RFC 8030, encrypted by RFC 8291). The addresses come from clients and are not
 * trusted: https, its own port and public addresses only, checked at the address that is really connected to, no redirect is
 * followed, and nothing is read of an answer but its status.
 * @param contact of the operator, whom push services may write to: `mailto:` or `https:`.
 */
export function pushService(
  keys: () => Promise<VapidKeys>,
  contact: string,
  { loopback = false, port = httpsPort, nameServers, timeoutMs = 5_000 }: PushOptions = {},
) {
  const isAllowed = loopback ? isLoopbackAddress : isPublicAddress
  const addresses = dnsLookup({ timeoutMs: lookupTimeoutMs, servers: nameServers })
  const checked = checkedLookup(isAllowed, () => new Error('an address that is not public'), addresses)

  return {
    /** Whether an endpoint may be called, as far as its address tells. */
    isEndpoint(text: string): boolean {
      if (!URL.canParse(text)) return false
      const url = new URL(text)
      // Browsers give it in its one spelling, so that a device is not two.
      if (url.href !== text || url.username !== '' || url.password !== '') return false
      const host = bareHost(url.hostname)
      if (loopback && isLoopbackHost(host)) return true
      if (url.protocol !== 'https:' || Number(url.port || httpsPort) !== port) return false
      return isIP(host) === 0 ? isPublicName(host) : isPublicAddress(host)
    },

    /** Sends one message to one device. Never fails. */
    async send(
      { endpoint, p256dh, auth }: PushTarget,
      { payload, ttlSeconds, topic }: PushMessage,
    ): Promise<PushOutcome> {
      if (!this.isEndpoint(endpoint)) return 'gone'
      const own = await keys().catch(() => undefined)
      if (!own) return 'refused'
      const vapidDetails = { subject: contact, ...own }
      const subscription = { endpoint, keys: { p256dh, auth } }
      let request: ReturnType<typeof webPush.generateRequestDetails>
      try {
        const options = { vapidDetails, TTL: ttlSeconds, topic, urgency: 'normal' as const }
        request = webPush.generateRequestDetails(subscription, JSON.stringify(payload), options)
      } catch {
        // Keys that are none: nothing can be encrypted for this device.
        return 'gone'
      }
      const { headers, body } = request
      return post(new URL(endpoint), headers as Record<string, string>, body as Buffer)
    },
  }

  function post(url: URL, headers: Record<string, string>, body: Buffer): Promise<PushOutcome> {
    return new Promise(resolve => {
      const ask = url.protocol === 'https:' ? requestSecure : requestPlain
      // A new connection each time: a reused one would outlive its check.
      const connection = { agent: false, lookup: checked, autoSelectFamily: true } as const
      const signal = AbortSignal.timeout(timeoutMs)
      // Before it, nothing of the message has left: that of https waits for the handshake.
      const ready = url.protocol === 'https:' ? 'secureConnect' : 'connect'
      let connected = false
      const asked = ask(url, { method: 'POST', headers, signal, ...connection }, answer => resolve(outcomeOf(answer)))
      asked.on('socket', socket => socket.once(ready, () => (connected = true)))
      asked.on('error', () => resolve(connected ? 'unknown' : 'refused'))
      asked.end(body)
    })
  }
}

function outcomeOf(answer: IncomingMessage): PushOutcome {
  const status = Number(answer.statusCode)
  answer.destroy()
  if (status >= 200 && status < 300) return 'accepted'
  return status === 404 || status === 410 ? 'gone' : 'refused'
}

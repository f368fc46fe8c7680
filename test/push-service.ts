import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'

/** What a push service got, checked and decrypted. */
export interface Pushed {
  path: string
  ttl: number
  topic: string
  urgency: string
  /** The public key that signed it. */
  signedBy: string
  /** The contact of the sender. */
  contact: string
  payload: Record<string, unknown>
}

/** A stand-in for a push service and for the browser of a device, which has the keys to read what it gets. */
export async function standInPushService(t: Test) {
  const received: Pushed[] = []
  const problems: string[] = []
  /** The status for the device of a path; 201 by default. */
  const answers = new Map<string, number>()
  const ecdh = createECDH('prime256v1')
  const publicKey = ecdh.generateKeys()
  const auth = randomBytes(16)

  const server = createServer(async (request, response) => {
    const { url: path = '' } = request
    const body = await buffer(request)
    const status = answers.get(path) ?? 201
    if (status === 0) return void request.socket.destroy()
    try {
      const pushed = { path, ...vapidOf(request), payload: JSON.parse(decrypted(body)) }
      if (status === 201) received.push(pushed)
    } catch (error) {
      problems.push(String(error))
    }
    response.writeHead(status, status === 302 ? { Location: '/elsewhere' } : {}).end('ignored')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => void server.close())
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  /** RFC 8292: a token of the sender for this origin, for a day at most, signed with the key beside it. */
  function vapidOf({ headers }: IncomingMessage) {
    const [, token = '', signedBy = ''] = /^vapid t=(\S+), ?k=(\S+)$/.exec(headers.authorization ?? '') ?? []
    const [head = '', claims = '', signature = ''] = token.split('.')
    const key = Buffer.from(signedBy, 'base64url')
    const [x, y] = [key.subarray(1, 33), key.subarray(33)].map(part => part.toString('base64url')) as [string, string]
    const signer = {
      key: createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' }),
      dsaEncoding: 'ieee-p1363',
    } as const
    const signed = Buffer.from(`${head}.${claims}`)
    if (!verify('sha256', signed, signer, Buffer.from(signature, 'base64url'))) throw new Error('a wrong signature')
    const { aud, exp, sub } = JSON.parse(Buffer.from(claims, 'base64url').toString())
    // web-push dates tokens by the clock of the machine, whatever time a test has set.
    const seconds = Date.now() / 1_000
    if (aud !== origin || exp <= seconds || exp > seconds + 86_400) throw new Error(`a token for ${aud} until ${exp}`)
    if (headers['content-encoding'] !== 'aes128gcm') throw new Error('another encoding')
    const { ttl, topic = '', urgency = '' } = headers
    return { signedBy, contact: sub as string, ttl: Number(ttl), topic: String(topic), urgency: String(urgency) }
  }

  /** RFC 8291: one record of `aes128gcm` (RFC 8188), by the keys of the device. */
  function decrypted(body: Buffer): string {
    const salt = body.subarray(0, 16)
    const sender = body.subarray(21, 21 + body.readUInt8(20))
    const sealed = body.subarray(21 + sender.length)
    const derive = (key: Buffer, salt: Buffer, info: Buffer | string, length: number) =>
      Buffer.from(hkdfSync('sha256', key, salt, info, length))
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), publicKey, sender])
    const key = derive(ecdh.computeSecret(sender), auth, info, 32)
    const decipher = createDecipheriv(
      'aes-128-gcm',
      derive(key, salt, 'Content-Encoding: aes128gcm\0', 16),
      derive(key, salt, 'Content-Encoding: nonce\0', 12),
    )
    decipher.setAuthTag(sealed.subarray(-16))
    const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
    return padded.subarray(0, padded.lastIndexOf(2)).toString()
  }

  return {
    origin,
    received,
    /** What was wrong with what it got. */
    problems,
    answers,
    /** What a browser gives a page when it subscribes. */
    subscriptionOf: (path: string) => ({
      endpoint: `${origin}${path}`,
      expirationTime: null,
      keys: { p256dh: publicKey.toString('base64url'), auth: auth.toString('base64url') },
    }),
  }
}

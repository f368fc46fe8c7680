import { posix } from 'node:path'
import { pipeline, type Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { FastifyReply, FastifyRequest, onSendHookHandler, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { LRUCache } from 'lru-cache'
import {
  type Coding,
  codedTag,
  codingFor,
  compressed,
  compressedWell,
  compressor,
  lastingCodingFor,
  minCompressedBytes,
} from '../src/http/codings.ts'

/** `fixed` answers are `public`, and the same as long as the process runs. */
export type Compression = 'private' | 'public' | 'fixed'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its answers may be compressed: no secret that opens anything stands in them (docs/decisions/compression.md). */
    compress?: Compression
  }
  interface FastifyInstance {
    /** Lets the answers of a route be compressed. */
    compress(route: RouteOptions, compression: Compression): void
  }
  interface FastifyReply {
    /** The coding of this answer, if its client takes one, it may be compressed, and it is large enough. */
    coding(): Coding | undefined
    /** Sets the headers of an answer that is compressed. */
    coded(coding: Coding): FastifyReply
  }
}

/** Fixed answers that are kept, in bytes: all there are in all codings are 3 MB. */
const maxKeptBytes = 4 * 1024 * 1024
const compressible = /^text\/|[/+](?:json|javascript|yaml|x-yaml|xml)\b/

/**
 * Compresses the answers of the routes that say so by `config.compress`, and no others: a compressed answer tells by its
 * length what of it is the same twice. A private one is compressed only if no foreign page can have asked for it.
 */
export default fp(
  async app => {
    const kept = new LRUCache<string, Buffer>({ maxSize: maxKeptBytes, sizeCalculation: ({ length }) => length + 100 })

    app.decorate('compress', (route, compression) => {
      const handler = compression === 'fixed' ? compressOnce : compressEach
      // First: the last one is Fastify's own for HEAD, which measures the answer and drops it.
      route.onSend = [handler, ...[route.onSend ?? []].flat()]
      route.config = { ...route.config, compress: compression }
    })
    app.addHook('onRoute', route => {
      const { compress } = route.config ?? {}
      if (compress) app.compress(route, compress)
    })
    app.decorateReply('coding', function (this: FastifyReply) {
      const { headers, routeOptions } = this.request
      const accepted = headers['accept-encoding']
      if (accepted === undefined || this.statusCode !== 200) return undefined
      if (routeOptions.config.compress === 'private' && isForgeable(this.request)) return undefined
      return codingFor(accepted)
    })
    app.decorateReply('coded', function (this: FastifyReply, coding) {
      const tag = this.getHeader('etag')
      if (tag !== undefined) this.header('ETag', codedTag(String(tag), coding))
      // The bytes that a range names are others.
      return this.removeHeader('content-length').removeHeader('accept-ranges').header('Content-Encoding', coding)
    })

    /** Whether the page of a stranger can have made a browser send it, with its cookie. */
    function isForgeable(request: FastifyRequest): boolean {
      return request.headers.authorization === undefined && !app.isSameOrigin(request)
    }

    const compressEach: onSendHookHandler<unknown> = (_request, reply, payload, done) => {
      vary(reply)
      const coding = reply.coding()
      if (coding === undefined || reply.hasHeader('content-encoding') || !isLarge(reply, payload))
        return done(null, payload)
      reply.coded(coding)
      if (isStream(payload)) {
        const stream = compressor(coding)
        // Each of the two ends with the other.
        pipeline(payload, stream, () => {})
        return done(null, stream)
      }
      const bytes = compressed(Buffer.from(payload as string), coding)
      if (Buffer.isBuffer(bytes)) done(null, bytes)
      else bytes.then(it => done(null, it), done)
    }

    async function compressOnce(request: FastifyRequest, reply: FastifyReply, payload: unknown) {
      vary(reply)
      const coding = lastingCodingFor(request.headers['accept-encoding'])
      if (coding === undefined || !isWhole(request, reply) || !isLarge(reply, payload)) return payload
      const key = `${coding} ${keyOf(request)}`
      let bytes = kept.get(key)
      if (bytes) {
        if (isStream(payload)) payload.destroy()
      } else {
        bytes = await compressedWell(isStream(payload) ? await buffer(payload) : Buffer.from(payload as string), coding)
        kept.set(key, bytes)
      }
      reply.coded(coding)
      return bytes
    }
  },
  { name: 'compression', dependencies: ['same-origin'] },
)

/** Says that the answer depends on `Accept-Encoding`, compressed or not. */
function vary(reply: FastifyReply) {
  const named = String(reply.getHeader('vary') ?? '')
  if (!named.includes('Accept-Encoding'))
    reply.header('Vary', named === '' ? 'Accept-Encoding' : `${named}, Accept-Encoding`)
}

function isStream(payload: unknown): payload is Readable {
  return typeof (payload as Partial<Readable> | null)?.pipe === 'function'
}

/** Whether compressing is worth it. The length of a stream is in its header, or is large. */
function isLarge(reply: FastifyReply, payload: unknown): boolean {
  if (isStream(payload)) return Number(reply.getHeader('content-length') ?? minCompressedBytes) >= minCompressedBytes
  return payload != null && Buffer.byteLength(payload as string) >= minCompressedBytes
}

/** Whether it is a text, and all of it. A HEAD has no bytes to be kept. */
function isWhole({ method, headers }: FastifyRequest, reply: FastifyReply): boolean {
  const whole = method === 'GET' && headers.range === undefined && reply.statusCode === 200
  return whole && compressible.test(String(reply.getHeader('content-type')))
}

/** Of a fixed answer: its route, and the file below it, by whichever spelling. */
function keyOf({ routeOptions: { url = '' }, params }: FastifyRequest): string {
  return `${url} ${posix.normalize(`/${(params as Record<string, string>)['*'] ?? ''}`)}`
}

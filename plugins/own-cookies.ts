import cookie from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { namesOf, type OwnCookie, valuesIn } from '../src/auth/own-cookies.ts'

/** One of our cookies as a browser sent it. */
interface SentCookie {
  value: string
  /** It has the name of an older version. */
  isOld: boolean
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What was sent of one of our cookies, best first. */
    sentCookies(name: OwnCookie): SentCookie[]
    /** The values alone. */
    ownCookies(name: OwnCookie): string[]
  }
  interface FastifyReply {
    /**
     * Sets one of our cookies, httpOnly.
     * @param lifetime in ms.
     */
    setOwnCookie(name: OwnCookie, value: string, lifetime: number): FastifyReply
    clearOwnCookie(name: OwnCookie): FastifyReply
  }
}

export interface OwnCookieOptions {
  /** `auto`: secure when the request came by https, or `PUBLIC_URL` is https. */
  cookieSecure: 'auto' | 'on' | 'off'
  publicUrl: string | undefined
}

/** Our cookies in requests and answers (`src/auth/own-cookies.ts`). */
export default fp<OwnCookieOptions>(
  async (app, { cookieSecure, publicUrl }) => {
    // It writes cookies; reading them is `valuesIn`.
    await app.register(cookie, { hook: false })
    const securePublicly = publicUrl?.startsWith('https:') ?? false
    const secure = (request: FastifyRequest) =>
      cookieSecure === 'auto' ? securePublicly || request.protocol === 'https' : cookieSecure === 'on'
    const presentName = (request: FastifyRequest, name: OwnCookie) => namesOf(name, secure(request))[0]
    const valuesOf = (request: FastifyRequest, name: OwnCookie) =>
      valuesIn(request.headers.cookie ?? '', name, secure(request))
    const optionsFor = (request: FastifyRequest) =>
      ({ httpOnly: true, sameSite: 'lax', path: '/', secure: secure(request) }) as const

    app.decorateRequest('sentCookies', function (this: FastifyRequest, name) {
      const present = presentName(this, name)
      return valuesOf(this, name).map(sent => ({ value: sent.value, isOld: sent.name !== present }))
    })
    app.decorateRequest('ownCookies', function (this: FastifyRequest, name) {
      return valuesOf(this, name).map(({ value }) => value)
    })
    app.decorateReply('setOwnCookie', function (this: FastifyReply, name, value, lifetime) {
      const options = { ...optionsFor(this.request), maxAge: Math.floor(lifetime / 1000) }
      return this.setCookie(presentName(this.request, name), value, options)
    })
    app.decorateReply('clearOwnCookie', function (this: FastifyReply, name) {
      const names = new Set([presentName(this.request, name), ...valuesOf(this.request, name).map(sent => sent.name)])
      for (const sent of names) this.clearCookie(sent, optionsFor(this.request))
      return this
    })
  },
  { name: 'own-cookies' },
)

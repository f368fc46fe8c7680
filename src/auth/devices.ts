import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { UserId } from '../ids.ts'

/** The most tokens that a browser keeps, one for each account that signs in there. */
const maxPerBrowser = 4

/**
 * Tokens of devices that have signed in: `<id>.<MAC>`. They are no credential. Who presents one still needs the password,
 * but guesses are then counted for the device and not for the name, so that a stranger who fails on the name keeps no
 * known device out (docs/decisions/known-devices.md). Nothing is stored: the MAC covers the account and a digest of the
 * password's hash, so a token is worthless for another account, and after a password change.
 * @param keys of the server, the current one first.
 */
export function deviceTokens(keys: readonly [Buffer, ...Buffer[]]) {
  function write(id: string, key: Buffer, user: UserId, passwordHash: string | null): string {
    const password = createHash('sha256')
      .update(passwordHash ?? '')
      .digest('base64url')
    return `${id}.${createHmac('sha256', key).update(`device ${user} ${id} ${password}`).digest('base64url')}`
  }

  return {
    /**
     * The token of a device.
     * @param id of the device, if it is known already: its counter stays its own.
     */
    issue: (user: UserId, passwordHash: string | null, id = randomBytes(16).toString('base64url')): string =>
      write(id, keys[0], user, passwordHash),

    /** The id of the device, when one of the tokens is one of this account and its present password. */
    known(tokens: readonly string[], user: UserId, passwordHash: string | null): string | undefined {
      for (const token of tokens) {
        const [, id] = form.exec(token) ?? []
        if (id && keys.some(key => equal(token, write(id, key, user, passwordHash)))) return id
      }
      return undefined
    },
  }
}

const form = /^([\w-]{22})\.[\w-]{43}$/

/** The tokens in a cookie's value. */
export function tokensIn(cookie = ''): string[] {
  return cookie.split('~').filter(token => form.test(token))
}

/** The value of a cookie with one more token, which takes the place of the same device's last one. */
export function withToken(cookie: string | undefined, token: string): string {
  const others = tokensIn(cookie).filter(other => other.slice(0, 22) !== token.slice(0, 22))
  return [token, ...others].slice(0, maxPerBrowser).join('~')
}

function equal(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}

import { readCredential } from './secrets.ts'

/**
 * Our cookies: `session`; `device`, which knows a device again (`deviceTokens`); `oauth`, which ties a sign-in at a
 * provider to the browser. The first name is written, the others were, and are still read. `isOurs` tells our values from
 * those of other apps on the same host, whose cookies have the old names too.
 */
const ownCookies = {
  session: { names: ['moodstreak_session', 'session'], isOurs: (value: string) => readCredential(value) !== undefined },
  device: { names: ['moodstreak_device'], isOurs: () => true },
  oauth: { names: ['moodstreak_oauth', 'oauth'], isOurs: (value: string) => /^[\w-]{43}$/.test(value) },
} as const
export type OwnCookie = keyof typeof ownCookies

/** The most values of one cookie that are looked at: each may cost a query. */
const maxValues = 10

/** Names of a cookie, the one that is written first. Under https they begin with `__Host-`, which no neighbour can set. */
export function namesOf(cookie: OwnCookie, secure: boolean): readonly [string, ...string[]] {
  const [name, ...old] = ownCookies[cookie].names.map(name => (secure ? `__Host-${name}` : name))
  return [name as string, ...old]
}

/**
 * All values of a cookie in a header that look like ours. A browser may send several: of other paths, of another app, of
 * an older version. Those by the present name come first, then in the order sent. A credential has one spelling: a value
 * that is quoted or percent-encoded is not ours.
 */
export function valuesIn(header: string, cookie: OwnCookie, secure: boolean): { name: string; value: string }[] {
  const { isOurs } = ownCookies[cookie]
  const sent = header.split(';').map(pair => {
    const [name = '', ...rest] = pair.split('=')
    return { name: name.trim(), value: rest.join('=').trim() }
  })
  const found = namesOf(cookie, secure).flatMap(name => sent.filter(one => one.name === name && isOurs(one.value)))
  const values = new Set<string>()
  return found.filter(({ value }) => !values.has(value) && values.add(value)).slice(0, maxValues)
}

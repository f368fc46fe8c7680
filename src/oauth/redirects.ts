/** A target of a sign-in. */
export interface RedirectTarget {
  /** As the client sent it. */
  url: string
  /** Whether it is an app, which gets a code to exchange instead of a cookie. */
  native: boolean
}

/** Schemes of browsers and systems, which no app can register. */
const taken = new Set([
  'about',
  'blob',
  'chrome',
  'data',
  'file',
  'filesystem',
  'ftp',
  'intent',
  'javascript',
  'mailto',
  'sms',
  'tel',
  'urn',
  'vbscript',
  'view-source',
  'ws',
  'wss',
])

/** A loopback address as in RFC 8252, 7.3, for apps: the IP literal, any port. The name `localhost` is a web page's. */
const loopback = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(:[1-9]\d{0,4})?(\/.*)?$/
const appScheme = /^([a-z][a-z0-9+.-]*):/

/**
 * Whether a text can be in the allow-list: a path of this server, the URL of a page, an address in an app's own scheme,
 * or loopback. Each in the one form that all parsers read alike.
 */
export function isRedirectTarget(text: string): boolean {
  if (!/^[\x21-\x7e]+$/.test(text) || /[\\#"'<>`{}|^,]/.test(text)) return false
  if (text.startsWith('/')) return isOwnPath(text)
  if (!URL.canParse(text)) return false
  const { href, protocol, username, password } = new URL(text)
  // A URL that a parser rewrites is one that two parsers may read differently.
  if (href !== text || username !== '' || password !== '') return false
  return protocol === 'https:' || protocol === 'http:' || !taken.has(protocol.slice(0, -1))
}

/**
 * A path that stays on this server however it is read: not `//host`, no dot segments, and neither hidden by encoding.
 */
function isOwnPath(text: string): boolean {
  const { href } = new URL(text, 'http://own.invalid')
  return href === `http://own.invalid${text}` && !/%(2e|2f|5c|0|1|7f)/i.test(text)
}

/**
 * The requested target, if it is exactly in the list; a loopback address may have any port. Undefined for everything
 * else.
 */
export function redirectTarget(allowed: readonly string[], text: string): RedirectTarget | undefined {
  const [, host, port, path = '/'] = loopback.exec(text) ?? []
  if (host !== undefined) {
    const listed = allowed.some(entry => withoutPort(entry) === host + path)
    return listed && isRedirectTarget(host + (port ?? '') + path) ? { url: text, native: true } : undefined
  }
  if (!allowed.includes(text)) return undefined
  return { url: text, native: !/^(\/|https?:)/.test(text) && appScheme.test(text) }
}

/** A loopback entry without its port; undefined for any other. */
function withoutPort(entry: string): string | undefined {
  const [, host, , path = '/'] = loopback.exec(entry) ?? []
  return host === undefined ? undefined : host + path
}

/** The target with a parameter on its query: a code or an error. */
export function withParameter({ url }: RedirectTarget, name: 'code' | 'error', value: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`
}

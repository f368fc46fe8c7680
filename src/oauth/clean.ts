import { ProviderError } from './provider.ts'

/** Cleans a provider's claims about a person: nothing is accepted that would be refused from the person. */

/**
 * A storable text, trimmed; null for anything else.
 * @param maxLength in characters.
 */
export function cleanText(value: unknown, maxLength: number): string | null {
  if (typeof value !== 'string' || !value.isWellFormed() || /\p{Cc}/u.test(value)) return null
  const text = value.trim()
  return text === '' || text.length > maxLength ? null : text
}

/** An e-mail address, or null. */
export function cleanEmail(value: unknown): string | null {
  const text = cleanText(value, 254)
  return text !== null && /^[^\s@<>",;:\\()[\]]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(text) ? text : null
}

/** A subject: up to 255 visible ASCII characters (OpenID Connect Core, 2); null for anything else. */
export function cleanSubject(value: unknown): string | null {
  return typeof value === 'string' && /^[\x20-\x7e]{1,255}$/.test(value) ? value : null
}

/**
 * The fields of an API's answer.
 * @throws {ProviderError} when it is not an object.
 */
export function fieldsOf(answer: unknown): Record<string, unknown> {
  if (typeof answer === 'object' && answer !== null) return answer as Record<string, unknown>
  throw new ProviderError('provider_failed', 'not understood')
}

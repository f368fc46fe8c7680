import { signingIn as texts } from '../texts.ts'

/** Hints while a password is chosen. The server has the last word, and a list of common ones. */

export const strengths = ['none', 'weak', 'fair', 'strong'] as const

const minLength = 8
const maxBytes = 72

export function strengthOf(password: string, username: string): (typeof strengths)[number] {
  const length = [...password].length
  if (length === 0) return 'none'
  const different = new Set(password.toLowerCase()).size
  if (length < minLength || isName(password, username) || bytesOf(password) > maxBytes || different < 4) return 'weak'
  return length >= 16 && different >= 8 ? 'strong' : 'fair'
}

export function hintFor(password: string, username: string): string {
  const missing = minLength - [...password].length
  if (password === '') return texts.passwordHint
  if (missing > 0) return texts.passwordShort(missing)
  if (bytesOf(password) > maxBytes) return texts.passwordLong
  if (isName(password, username)) return texts.passwordIsName
  return strengthOf(password, username) === 'strong' ? texts.passwordStrong : texts.passwordFair
}

const bytesOf = (text: string) => new TextEncoder().encode(text).length
const isName = (password: string, username: string) =>
  username !== '' && password.trim().toLowerCase() === username.trim().toLowerCase()

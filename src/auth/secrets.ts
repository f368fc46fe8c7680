import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import type { AnyId, SessionId, UserId } from '../ids.ts'

/**
 * Opaque credentials: `<user>.<session>.<secret>`. The owner comes first so that a session is found by its key on any
 * shard; the secret has 256 random bits, so storing a plain SHA-256 of it is enough.
 */
export interface Credential<Of extends AnyId = SessionId> {
  user: UserId
  session: Of
  secret: string
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** 43 characters are 256 bits; a refresh secret has a seal of 128 more. */
const secretForm = /^[\w-]{43}([\w-]{22})?$/

/** 256 random bits as base64url. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url')
}

export function writeCredential({ user, session, secret }: Credential<AnyId>): string {
  return `${user}.${session}.${secret}`
}

/** The parts of a credential, or undefined when it is malformed. */
export function readCredential<Of extends AnyId = SessionId>(text: string): Credential<Of> | undefined {
  const [user = '', session = '', secret = '', ...rest] = text.split('.')
  const wellFormed = uuid.test(user) && uuid.test(session) && secretForm.test(secret) && rest.length === 0
  return wellFormed ? { user: user as UserId, session: session as Of, secret } : undefined
}

/** Whether a string has the form of the ids this program makes. */
export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && uuid.test(text)
}

/** The stored form of a secret. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

/** Whether a presented secret matches the stored hash, compared in constant time. */
export function matchesHash(secret: string, hash: string): boolean {
  const presented = Buffer.from(hashSecret(secret))
  const stored = Buffer.from(hash)
  return presented.length === stored.length && timingSafeEqual(presented, stored)
}

/** A key for one purpose, derived from the server's secret, so that no two uses share a key. */
export function deriveKey(serverSecret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', serverSecret, '', `moodstreak/${purpose}`, 32))
}

/** The owner of a secret: what its seal covers besides the secret. */
type Owner = Pick<Credential, 'user' | 'session'>

/**
 * A secret with proof that this server made it for this session. It tells an expired secret from one that was invented
 * or belongs elsewhere; only the former is a sign of theft.
 * @param body 256 random bits as base64url.
 */
export function sealed({ user, session }: Owner, key: Buffer, body = randomSecret()): string {
  const seal = createHmac('sha256', key).update(`seal ${user} ${session} ${body}`).digest('base64url').slice(0, 22)
  return body + seal
}

export function isSealed(credential: Credential, key: Buffer): boolean {
  const expected = Buffer.from(sealed(credential, key, credential.secret.slice(0, 43)))
  const presented = Buffer.from(credential.secret)
  return presented.length === expected.length && timingSafeEqual(presented, expected)
}

/**
 * The refresh secret that follows a presented one. Computed, not drawn: a client that lost the answer presents the
 * old one again and gets the same successor, while the database holds nothing but hashes.
 */
export function successorOf(credential: Credential, key: Buffer): string {
  return sealed(credential, key, createHmac('sha256', key).update(credential.secret).digest('base64url'))
}

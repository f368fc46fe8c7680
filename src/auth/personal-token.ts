import { crc32 } from 'node:zlib'
import { idFrom, type TokenId, type UserId } from '../ids.ts'
import type { Credential } from './secrets.ts'

/**
 * The format of personal access tokens: `mspat_`, then the owner, the token's id and its secret as 64 bytes in
 * base64url, then six characters of a CRC-32 over these. The prefix and the checksum are for secret scanners (and for
 * refusing a typo without a query); they protect nothing.
 */
const form = /^mspat_([\w-]{86})[\w-]{6}$/

/** Whether a bearer token has the prefix of a personal access token; it may still be invalid. */
export function isPersonalToken(text: string): boolean {
  return text.startsWith('mspat_')
}

/** @param credential with a secret of 256 bits as base64url. */
export function writePersonalToken({ user, session: id, secret }: Credential<TokenId>): string {
  const bytes = Buffer.concat([bytesOf(user), bytesOf(id), Buffer.from(secret, 'base64url')])
  const body = bytes.toString('base64url')
  return `mspat_${body}${checksum(body)}`
}

/** The parts of a token (`session` is its id), or undefined when its format is not that of `writePersonalToken`. */
export function readPersonalToken(text: string): Credential<TokenId> | undefined {
  const body = form.exec(text)?.[1]
  if (body === undefined) return undefined
  const bytes = Buffer.from(body, 'base64url')
  const credential = {
    user: idFrom<UserId>(uuidOf(bytes.subarray(0, 16))),
    session: idFrom<TokenId>(uuidOf(bytes.subarray(16, 32))),
    secret: bytes.subarray(32).toString('base64url'),
  }
  // The checksum alone is not enough: some bits of the body's last character are unused, and anyone can compute the
  // sum.
  return writePersonalToken(credential) === text ? credential : undefined
}

function checksum(body: string): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(body))
  return bytes.toString('base64url')
}

function bytesOf(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex')
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

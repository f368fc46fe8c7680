import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/**
 * Text that this server alone can make and read: AES-256-GCM with a random nonce, as base64url. Safe for some billion texts
 * of a key, as a nonce has 96 bits (NIST SP 800-38D, 8.3).
 */

const [nonceBytes, tagBytes] = [12, 16]

/**
 * @param key of one purpose, 32 bytes (`deriveKey`).
 */
export function sealText(text: string, key: Buffer): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString('base64url')
}

/** The text, or undefined for what none of the keys has sealed. */
export function openSealed(sealed: string, keys: readonly Buffer[]): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < nonceBytes + tagBytes) return undefined
  for (const key of keys) {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes))
    decipher.setAuthTag(bytes.subarray(-tagBytes))
    try {
      return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString()
    } catch {
      // Sealed with another key, or changed.
    }
  }
  return undefined
}

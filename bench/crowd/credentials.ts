import { createHmac } from 'node:crypto'

/** The access token of somebody who was copied, and the secret that it was signed with. */
export interface Original {
  token: string
  secret: string
}

/** The user of an access token. */
export function userOf({ token }: Original): string {
  return claimsOf(token).sub
}

/**
 * The header that shows which of the copies asks: the original's claims, signed for another user.
 *
 * @param original absent for the baseline, which believes everyone.
 * @param id of the copy.
 */
export function headerOf(original: Original | undefined, id: string): Record<string, string> {
  if (!original) return { 'x-user': id }
  const [header] = original.token.split('.')
  const claims = Buffer.from(JSON.stringify({ ...claimsOf(original.token), sub: id })).toString('base64url')
  const signature = createHmac('sha256', original.secret).update(`${header}.${claims}`).digest('base64url')
  return { authorization: `Bearer ${header}.${claims}.${signature}` }
}

function claimsOf(token: string): { sub: string } {
  return JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())
}

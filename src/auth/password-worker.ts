import { compare, hash } from 'bcryptjs'

/** What the password pool's threads do. bcryptjs computes for a quarter of a second: on the main thread nobody else would be served. */
export interface PasswordJob {
  password: string
  /** Compare with this hash; where absent, make one of `cost`. */
  hash?: string
  cost: number
}

/** The new hash, or whether the password matches; a hash that is none matches nothing. */
export default async function run({ password, hash: stored, cost }: PasswordJob): Promise<string | boolean> {
  if (stored === undefined) return hash(password, cost)
  return compare(password, stored).catch(() => false)
}

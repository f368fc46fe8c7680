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
  if (await compare(password, stored).catch(() => false)) return true
  // A mismatch with an old, cheaper hash must take as long as any other. Each step doubles the work, so all the costs
  // below ours, one after the other, are what is missing.
  for (let filler = costOf(stored); filler < cost; filler++) await compare(password, decoyOf(filler))
  return false
}

/** log2 of the rounds that a hash took. */
export function costOf(hash: string): number {
  return Number(hash.slice(4, 6))
}

/** A hash that no password has, but that costs as much to compare with as one of ours: only its cost counts. */
export function decoyOf(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`
}

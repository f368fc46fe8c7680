import { compare, hash } from 'bcryptjs'

/**
 * The code of the password pool's threads. bcryptjs computes for a quarter of a second, which on the main thread would
 * block every request.
 */
export interface PasswordJob {
  password: string
  /** Compare with this hash; where absent, make one of `cost`. */
  hash?: string
  cost: number
}

/** The new hash, or whether the password matches; an invalid hash matches nothing. */
export default async function run({ password, hash: stored, cost }: PasswordJob): Promise<string | boolean> {
  if (stored === undefined) return hash(password, cost)
  if (await compare(password, stored).catch(() => false)) return true
  // A mismatch with an old, cheaper hash must take as long as any other. Each step doubles the work, so hashing once at
  // each cost below ours makes up the difference.
  for (let filler = costOf(stored); filler < cost; filler++) await compare(password, decoyOf(filler))
  return false
}

/** The cost of a hash: log2 of its rounds. */
export function costOf(hash: string): number {
  return Number(hash.slice(4, 6))
}

/** A hash that matches no password but takes as long to compare as a real one. */
export function decoyOf(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`
}

import { lookup as lookUp } from 'node:dns'
import type { LookupFunction } from 'node:net'

/**
 * A look-up of names that refuses one of whose addresses any is not allowed: checked at what is connected to, whatever the
 * name led to before.
 * @param refused makes the error.
 */
export function checkedLookup(
  isAllowed: (ip: string) => boolean,
  refused: () => Error,
  lookup: typeof lookUp = lookUp,
): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, found = []) => {
      if (error || found.length === 0) return done(error ?? new Error('no address'), [])
      if (!found.every(({ address }) => isAllowed(address))) return done(refused(), [])
      done(null, found)
    })
  }
}

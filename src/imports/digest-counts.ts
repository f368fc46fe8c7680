/** Keys of 48 bits, such as the beginning of a digest. */
const keyBytes = 6
const initialCapacity = 1_024

/**
 * Counts keys, in some twenty bytes each: of a file with as many rows as one may have, a `Map` would hold three times that.
 * Two digests with one key are taken for the same: among 300 000 there is such a pair once in 6 000 files.
 */
export function digestCounts() {
  // Open addressing; a key is stored with one added, since 0 is an empty place.
  let keys = new Float64Array(initialCapacity)
  let counts = new Uint32Array(initialCapacity)
  let size = 0

  const placeOf = (stored: number) => {
    const mask = keys.length - 1
    let place = (stored ^ (stored / 2 ** 24)) & mask
    while (keys[place] !== 0 && keys[place] !== stored) place = (place + 1) & mask
    return place
  }

  function grow() {
    const [oldKeys, oldCounts] = [keys, counts]
    keys = new Float64Array(oldKeys.length * 2)
    counts = new Uint32Array(keys.length)
    for (const [from, stored] of oldKeys.entries()) {
      if (stored === 0) continue
      const place = placeOf(stored)
      keys[place] = stored
      counts[place] = oldCounts[from] as number
    }
  }

  const keyOf = (digest: Buffer) => digest.readUIntBE(0, keyBytes) + 1

  return {
    /** The number of different keys. */
    get size() {
      return size
    },
    /** How often a digest was added. */
    count: (digest: Buffer): number => counts[placeOf(keyOf(digest))] as number,
    add(digest: Buffer) {
      if ((size + 1) * 4 > keys.length * 3) grow()
      const stored = keyOf(digest)
      const place = placeOf(stored)
      if (keys[place] === 0) size++
      keys[place] = stored
      counts[place] = (counts[place] as number) + 1
    },
  }
}

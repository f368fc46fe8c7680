/** What a row takes beside its texts: keys, times, and its entries in indexes. Migrations have counted with it too. */
const fixedBytes = 200

/**
 * What a row takes of its owner's quota, in bytes: about what it takes on the disk.
 * @param texts the texts in it, as many times as they are stored.
 */
export function rowBytes(...texts: readonly (string | null)[]): number {
  return texts.reduce((sum, text) => sum + (text === null ? 0 : Buffer.byteLength(text)), fixedBytes)
}

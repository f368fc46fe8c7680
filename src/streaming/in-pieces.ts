import { partBytes } from './read-ahead.ts'

/**
 * Joins values of a JSON array to pieces of about what is sent at once. One string of them all would be garbage of a size
 * that only a full collection frees: a hundred long notes are a megabyte.
 * @param before is put before the first value; a comma before the others.
 */
export function* inPieces(values: Iterable<string>, before: string): Generator<string, void, undefined> {
  let piece = ''
  let separator = before
  for (const value of values) {
    piece += separator + value
    separator = ','
    if (piece.length < partBytes) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}

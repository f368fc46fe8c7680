import { quoted, RefusedRow } from './row.ts'

/**
 * A number with a point or a decimal comma. `1,234` is refused: a comma before three digits may also separate thousands.
 * @throws {RefusedRow}
 */
export function readDecimal(text: string): number {
  const said = text.normalize('NFKC').trim().replace('\u2212', '-')
  if (/^[+-]?\d+(\.\d+)?$/.test(said)) return Number(said)
  if (/^[+-]?(\d+,\d{1,2}|\d+,\d{4,}|0,\d+)$/.test(said)) return Number(said.replace(',', '.'))
  const isAmbiguous = /^[+-]?\d+(,\d{3})+$/.test(said)
  throw new RefusedRow(
    `${quoted(text)} ${isAmbiguous ? 'is ambiguous; write it with a decimal point' : 'is not a number'}`,
  )
}

/**
 * A valence.
 * @throws {RefusedRow} beyond -1 and 1.
 */
export function readValence(value: number): number {
  if (!(value >= -1 && value <= 1)) throw new RefusedRow(`the valence ${value} is not between -1 and 1`)
  return Math.round(value * 10_000) / 10_000
}

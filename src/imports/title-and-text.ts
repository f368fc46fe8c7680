import { isBlank, tidy } from '../short-text.ts'
import { RefusedRow } from './row.ts'

/** As of what is written by hand. */
const maxTitle = 200
const maxText = 10_000

/**
 * A title, and the text beside it: a title that is too long is cut, and stands whole at the head of the text.
 * @param name of the text, in a reason.
 * @throws {RefusedRow}
 */
export function titleAndText(title: string, text: string | null, name: string): { title: string; text: string | null } {
  const tidied = tidy(title)
  if (isBlank(tidied)) throw new RefusedRow('the title is empty')
  const characters = [...tidied]
  const isLong = characters.length > maxTitle
  const whole = isLong ? [tidied, text ?? ''].join('\n\n').trim() : text
  const length = [...(whole ?? '')].length
  if (length > maxText) throw new RefusedRow(`the ${name} has ${length} characters; at most ${maxText} are allowed`)
  return { title: isLong ? characters.slice(0, maxTitle).join('').trim() : tidied, text: whole }
}

import { readDate } from './dates.ts'
import { jsonItems } from './json-items.ts'
import { isRecord, textIn, textsIn } from './json-values.ts'
import { type Fields, type ReadRows, RefusedRow, rowOf } from './row.ts'
import { noteOf } from './texts.ts'

/**
 * The JSON of Pixels: an array of days, each with scores from 1 to 5. Each score is an entry, and the note and the tags are
 * with the first. What is of another type than `Mood` is no mood, and refused.
 */
export const pixels: ReadRows = async function* ({ bytes }) {
  for await (const { number, value, broken } of jsonItems(bytes, path => path === '', '')) {
    const more: Fields[] = []
    yield rowOf(number, () => {
      if (broken !== undefined) throw new RefusedRow(broken)
      const [first, ...others] = entriesOf(value)
      more.push(...others)
      return first as Fields
    })
    for (const fields of more) yield { line: number, ...fields }
  }
}

/** @throws {RefusedRow} */
function entriesOf(value: unknown): Fields[] {
  if (!isRecord(value)) throw new RefusedRow('the pixel is not an object')
  const { type = 'Mood', scores, date, tags = [] } = value
  if (type !== 'Mood') throw new RefusedRow('the pixel is not of the type Mood')
  if (typeof date !== 'string') throw new RefusedRow('the pixel has no date')
  const day = readDate(date)
  if (!Array.isArray(scores) || scores.length === 0) throw new RefusedRow('the pixel has no score')
  if (scores.length > maxScores) throw new RefusedRow(`the pixel has more than ${maxScores} scores`)
  if (!Array.isArray(tags)) throw new RefusedRow('tags is not a list')
  const named = tags.flatMap(tag => {
    if (!isRecord(tag)) throw new RefusedRow('a tag is not an object')
    return textsIn(tag, 'entries')
  })
  return scores.map((score, i) => {
    if (!Number.isInteger(score) || score < 1 || score > 5) throw new RefusedRow('a score is not a number from 1 to 5')
    const first = i === 0
    return {
      day,
      valence: (score - 3) / 2,
      note: first ? noteOf(textIn(value, 'notes')) : null,
      tags: first ? named : [],
    }
  })
}

/** Pixels has a score per hour at most. */
const maxScores = 100

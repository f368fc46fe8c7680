import type { MoodStats } from '../../../../client/src/wire.ts'
import { wordsFor } from '../../format.ts'
import { insights as texts } from '../../texts.ts'
import { DifferenceBar, points } from './charts.tsx'
import { differenceIn } from './sentences.ts'

/** Days of each kind that a comparison takes. */
const minOfEachKind = 10
const maxUnfound = 8

/** What days with something have in common: what is found, and what may be chance. */
export function Differences({ stats: { associations, compared, days } }: { stats: MoodStats }) {
  const found = associations.filter(one => one.found)
  const others = associations.filter(one => !one.found)
  const reach = Math.max(0.2, ...associations.flatMap(({ interval }) => interval.map(Math.abs)))
  return (
    <section class="card insights-differences" aria-labelledby="insights-differences">
      <h2 id="insights-differences">{texts.differences}</h2>
      {compared === 0 && <p class="insights-says">{texts.nothingCompared(Math.max(0, 2 * minOfEachKind - days))}</p>}
      {compared > 0 && (
        <p class="insights-says">{found.length === 0 ? texts.nothingFound(compared) : texts.notCauses(compared)}</p>
      )}
      {found.length > 0 && (
        <ul class="insights-found">
          {found.map(one => (
            <Difference key={`${one.kind} ${one.name}`} association={one} reach={reach} />
          ))}
        </ul>
      )}
      {others.length > 0 && (
        <details class="insights-table">
          <summary>{texts.unfound(others.length)}</summary>
          <ul class="insights-found">
            {others.slice(0, maxUnfound).map(one => (
              <Difference key={`${one.kind} ${one.name}`} association={one} reach={reach} />
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

function Difference({ association, reach }: { association: MoodStats['associations'][number]; reach: number }) {
  const { kind, name, difference, interval } = association
  const [low, high] = interval as [number, number]
  return (
    <li>
      <p class="insights-name">
        <strong dir="auto">{name}</strong> <span>{wordsFor(texts.kinds, kind)}</span>
        <span class="insights-points">{texts.pointsIn(points(difference), points(low), points(high))}</span>
      </p>
      <DifferenceBar difference={difference} interval={interval} reach={reach} />
      <p class="insights-says">{differenceIn(association)}</p>
    </li>
  )
}

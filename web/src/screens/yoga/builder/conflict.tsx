import { useLocation } from 'preact-iso'
import { list } from '../../../format.ts'
import { yoga as texts } from '../../../texts.ts'
import { Button } from '../../../ui/button.tsx'
import { minutesOf, totalSeconds } from '../duration.ts'
import { type Draft, draftOf, itemsOf } from './draft.ts'
import type { BuilderStore } from './store.ts'

const { build } = texts

/** Two versions, side by side, and the choice between them. */
export function Conflict({ store }: { store: BuilderStore }) {
  const { route } = useLocation()
  const other = store.theirs.value
  if (other === undefined) return null
  const mine = store.draft.value
  const theirs = other && draftOf(other)
  const both = async () => {
    const id = await store.keepBoth()
    if (id !== undefined) route(`/app/yoga/sequences/${id}/edit`)
  }
  return (
    <section
      class="yoga-conflict"
      role="alertdialog"
      aria-labelledby="yoga-conflict"
      aria-describedby="yoga-conflict-why"
    >
      <h2 id="yoga-conflict">{build.conflict}</h2>
      <p id="yoga-conflict-why">{theirs ? build.conflictWhy : build.gone}</p>
      {theirs && (
        <div class="yoga-versions">
          <Version heading={build.mine} version={mine} other={theirs} />
          <Version heading={build.theirs} version={theirs} other={mine} />
        </div>
      )}
      <div class="yoga-actions">
        {theirs && <Button onClick={() => store.keepMine()}>{build.keepMine}</Button>}
        {theirs && <Button onClick={() => store.keepTheirs()}>{build.keepTheirs}</Button>}
        <Button look="primary" onClick={both}>
          {build.keepBoth}
        </Button>
      </div>
    </section>
  )
}

function Version({ heading, version, other }: { heading: string; version: Draft; other: Draft }) {
  const items = itemsOf(version)
  const there = itemsOf(other).map(({ name }) => name)
  const only = items.filter(({ name }) => {
    const at = there.indexOf(name)
    if (at !== -1) there.splice(at, 1)
    return at === -1
  })
  return (
    <div class="yoga-version">
      <h3>{heading}</h3>
      <p class="yoga-card-title">{version.title}</p>
      <p class="yoga-facts">
        <span>{texts.poseCount(items.length)}</span>
        <span>{texts.minutes(minutesOf(totalSeconds(items)))}</span>
      </p>
      <p>{only.length > 0 ? build.onlyHere(list(only.map(({ name }) => name))) : build.sameOrder}</p>
    </div>
  )
}

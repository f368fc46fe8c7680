import { useSignal } from '@preact/signals'
import { Plus, X } from 'lucide'
import { useEffect, useRef } from 'preact/hooks'
import type { Pose } from '../../../../../client/src/wire.ts'
import { app, yoga as texts } from '../../../texts.ts'
import { Button } from '../../../ui/button.tsx'
import { Icon } from '../../../ui/icon.tsx'
import { onClock } from '../duration.ts'
import { poses } from '../library.ts'
import { PoseFilters } from '../pose-filters.tsx'
import { PoseText } from '../poses.tsx'
import { filterPoses, noFilter } from '../search.ts'
import { dragList } from './drag.ts'

interface Props {
  /** Where a tap adds to. */
  section: string
  onAdd: (pose: Pose) => void
  onClose: () => void
}

/** The catalogue beside the sequence, or as a drawer below it: drag from it, or tap. */
export function CataloguePanel({ section, onAdd, onClose }: Props) {
  const filter = useSignal(noFilter)
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => (list.current ? dragList(list.current) : undefined), [])
  const all = poses.value ?? []
  return (
    <aside class="yoga-panel" aria-label={texts.build.catalogue}>
      <div class="yoga-panel-head">
        <PoseFilters filter={filter} hasOwn={all.some(({ own }) => own)} />
        <Button class="yoga-panel-close" look="plain" icon={X} iconOnly onClick={onClose}>
          {app.close}
        </Button>
      </div>
      <ul ref={list} class="yoga-offers">
        {filterPoses(all, filter.value).map(pose => (
          <li key={pose.id} class="yoga-offer" data-pose={pose.id}>
            <PoseText pose={pose} />
            <span class="yoga-held number">{onClock(pose.hold_seconds)}</span>
            <button type="button" class="yoga-add" onClick={() => onAdd(pose)}>
              <Icon of={Plus} />
              <span class="visually-hidden">{texts.build.addTo(pose.name, section)}</span>
            </button>
          </li>
        ))}
      </ul>
    </aside>
  )
}

import { ArrowDown, ArrowUp, Trash2 } from 'lucide'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { yoga as texts } from '../../../texts.ts'
import { Button } from '../../../ui/button.tsx'
import { onClock, totalSeconds } from '../duration.ts'
import type { DraftSection, Place } from './draft.ts'
import { dropList } from './drag.ts'

interface Props {
  section: DraftSection
  index: number
  isFirst: boolean
  isLast: boolean
  /** Whether poses are added here by a tap. */
  isCurrent: boolean
  onCurrent: () => void
  onRename: (name: string) => void
  onNudge: (by: -1 | 1) => void
  onRemove: () => void
  onMoveItem: (key: string, to: Place) => void
  onAddPose: (pose: string, to: Place) => void
  children: ComponentChildren
}

const { build } = texts

/** A section: its name, its time, and its poses, which can be dragged. */
export function SectionList(props: Props) {
  const { section, index, isFirst, isLast, isCurrent, children } = props
  const list = useRef<HTMLUListElement>(null)
  const latest = useRef(props)
  latest.current = props
  useEffect(() => {
    if (!list.current) return undefined
    return dropList(list.current, {
      onMove: (key, to) => latest.current.onMoveItem(key, to),
      onAdd: (pose, to) => latest.current.onAddPose(pose, to),
    })
  }, [])
  const name = section.name || build.noSection
  return (
    <section
      class="yoga-builder-section"
      aria-label={name}
      data-current={isCurrent || undefined}
      onFocusIn={props.onCurrent}
      onPointerDown={props.onCurrent}
    >
      <header class="yoga-builder-head">
        <input
          class="yoga-section-name"
          aria-label={build.sectionName}
          value={section.name}
          maxLength={64}
          list="yoga-section-names"
          placeholder={build.sectionName}
          onInput={event => props.onRename(event.currentTarget.value)}
        />
        <span class="yoga-held number">{onClock(totalSeconds(section.items))}</span>
        {!isFirst && (
          <Button look="plain" icon={ArrowUp} iconOnly onClick={() => props.onNudge(-1)}>
            {build.sectionUp(name)}
          </Button>
        )}
        {!isLast && (
          <Button look="plain" icon={ArrowDown} iconOnly onClick={() => props.onNudge(1)}>
            {build.sectionDown(name)}
          </Button>
        )}
        <Button look="plain" icon={Trash2} iconOnly onClick={props.onRemove}>
          {build.sectionRemove(name)}
        </Button>
      </header>
      <ul
        ref={list}
        class="yoga-items"
        data-section={index}
        data-empty={section.items.length === 0 ? build.emptySection : undefined}
      >
        {children}
      </ul>
    </section>
  )
}

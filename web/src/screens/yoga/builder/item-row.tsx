import { ArrowDown, ArrowUp, ChevronDown, CopyPlus, GripVertical, Trash2 } from 'lucide'
import { useId } from 'preact/hooks'
import { wordsFor } from '../../../format.ts'
import { yoga as texts } from '../../../texts.ts'
import { Button } from '../../../ui/button.tsx'
import { classes } from '../../../ui/classes.ts'
import { Field, TextArea } from '../../../ui/field.tsx'
import { Icon } from '../../../ui/icon.tsx'
import { Segmented } from '../../../ui/segmented.tsx'
import { onClock, secondsOf, secondsPerBreath } from '../duration.ts'
import { findPose } from '../library.ts'
import { Select } from '../pose-filters.tsx'
import type { DraftItem } from './draft.ts'

interface Props {
  item: DraftItem
  /** Seconds from the beginning. */
  start: number
  isOpen: boolean
  /** What the check says about it. */
  isFound: boolean
  sections: Readonly<Record<string, string>>
  section: number
  onOpen: () => void
  onNudge: (by: -1 | 1) => void
  onSection: (section: number) => void
  onChange: (changes: Partial<DraftItem>, about?: string) => void
  onDouble: () => void
  onRemove: () => void
}

const { build } = texts

/** A pose of the sequence: its time and side at a glance, everything else when it is opened. */
export function ItemRow(props: Props) {
  const { item, start, isOpen, isFound, onNudge, onOpen } = props
  const panel = useId()
  return (
    <li class={classes('yoga-item', isFound && 'yoga-item-found')} data-key={item.key}>
      <div class="yoga-item-line">
        <button
          type="button"
          class="yoga-grip"
          onKeyDown={event => {
            const by = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0
            if (by === 0) return
            event.preventDefault()
            onNudge(by)
          }}
        >
          <Icon of={GripVertical} />
          <span class="visually-hidden">{build.grip(item.name)}</span>
        </button>
        <span class="yoga-start number">{onClock(start)}</span>
        <span class="yoga-item-text">
          <span class="yoga-step-name" dir="auto">
            {item.name}
          </span>
          {item.cue && <span class="yoga-cue">{item.cue}</span>}
        </span>
        <span class="yoga-held number">
          {onClock(secondsOf(item))}
          {item.side && <span class="yoga-side">{wordsFor(texts.sides, item.side)}</span>}
        </span>
        <button
          type="button"
          class="yoga-unfold"
          aria-expanded={isOpen}
          aria-controls={isOpen ? panel : undefined}
          onClick={onOpen}
        >
          <Icon of={ChevronDown} />
          <span class="visually-hidden">{build.details(item.name)}</span>
        </button>
      </div>
      {isOpen && <ItemPanel {...props} id={panel} />}
    </li>
  )
}

function ItemPanel({
  id,
  item,
  sections,
  section,
  onChange,
  onNudge,
  onSection,
  onDouble,
  onRemove,
}: Props & { id: string }) {
  const byBreath = item.breaths !== null
  const hold = (value: number) => {
    if (Number.isInteger(value) && value >= 1)
      onChange(byBreath ? { breaths: Math.min(500, value) } : { seconds: Math.min(3600, value) }, `hold ${item.key}`)
  }
  return (
    <div class="yoga-item-panel" id={id}>
      {(findPose(item.pose_id)?.two_sided !== false || item.side !== null) && (
        <Segmented
          label={texts.side}
          value={item.side ?? 'none'}
          options={[
            ...(['both', 'left', 'right'] as const).map(value => ({ value, label: texts.sides[value] })),
            { value: 'none' as const, label: texts.noSide },
          ]}
          onChange={value => onChange({ side: value === 'none' ? null : value })}
        />
      )}
      <div class="yoga-hold">
        <Field
          label={build.heldFor}
          type="number"
          inputMode="numeric"
          min={1}
          max={byBreath ? 500 : 3600}
          step={byBreath ? 1 : 5}
          value={item.breaths ?? item.seconds ?? ''}
          onInput={event => hold(event.currentTarget.valueAsNumber)}
        />
        <Segmented
          label={build.heldFor}
          value={byBreath ? 'breaths' : 'seconds'}
          options={[
            { value: 'seconds', label: build.seconds },
            { value: 'breaths', label: build.breaths },
          ]}
          onChange={value =>
            onChange(
              value === 'breaths'
                ? {
                    breaths: Math.max(1, Math.round((item.seconds ?? secondsPerBreath) / secondsPerBreath)),
                    seconds: null,
                  }
                : { seconds: Math.max(1, (item.breaths ?? 1) * secondsPerBreath), breaths: null },
            )
          }
        />
      </div>
      <TextArea
        label={build.cue}
        rows={1}
        maxLength={500}
        hint={build.cueHint}
        value={item.cue ?? ''}
        onInput={event => onChange({ cue: event.currentTarget.value || null }, `cue ${item.key}`)}
      />
      <div class="yoga-item-actions">
        <Button icon={ArrowUp} iconOnly onClick={() => onNudge(-1)}>
          {build.up(item.name)}
        </Button>
        <Button icon={ArrowDown} iconOnly onClick={() => onNudge(1)}>
          {build.down(item.name)}
        </Button>
        {Object.keys(sections).length > 1 && (
          <Select
            class="yoga-select"
            label={build.moveTo}
            value={String(section)}
            options={sections}
            onChange={value => onSection(Number(value))}
          />
        )}
        <span class="yoga-gap" />
        <Button icon={CopyPlus} iconOnly onClick={onDouble}>
          {build.double}
        </Button>
        <Button icon={Trash2} iconOnly onClick={onRemove}>
          {build.remove}
        </Button>
      </div>
    </div>
  )
}

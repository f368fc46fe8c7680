import type { OneMoodImport } from '../../../../client/src/wire.ts'
import { settings } from '../../device.ts'
import { moods, account as texts } from '../../texts.ts'
import { Select } from '../../ui/select.tsx'
import type { LabelMap } from './import-request.ts'

const { data: words } = texts

interface Props {
  labels: OneMoodImport['import']['unknown_labels']
  /** What the person has said so far. */
  map: LabelMap
  onMap: (map: LabelMap) => void
}

/** Moods that another app let a person name: without a meaning they come over as words, and count in no average. */
export function UnknownLabels({ labels, map, onMap }: Props) {
  const { min, max } = settings.value.mood_scale
  return (
    <fieldset class="account-labels">
      <legend>{words.unknown}</legend>
      <p class="account-hint">{words.unknownHint}</p>
      {labels.map(({ label, rows }) => (
        <Select
          key={label}
          label={words.label(label, rows)}
          value={map[label] ?? ''}
          onChange={event => {
            const { value } = event.currentTarget
            const { [label]: _, ...rest } = map
            onMap(value === '' ? rest : { ...rest, [label]: Number(value) })
          }}
        >
          <option value="">{words.justAWord}</option>
          {moods.map((name, i) => (
            <option key={name} value={min + ((max - min) * i) / (moods.length - 1)}>
              {name}
            </option>
          ))}
        </Select>
      ))}
    </fieldset>
  )
}

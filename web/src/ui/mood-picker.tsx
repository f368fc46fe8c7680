import { useState } from 'preact/hooks'
import { type Scale, valenceOf } from '../../../src/moods/mood-value.ts'
import { number } from '../format.ts'
import { moodEntry as texts, wordOf } from '../texts.ts'
import { Button } from './button.tsx'
import { classes } from './classes.ts'
import { Face } from './face.tsx'
import { colourOf } from './mood-step.ts'

interface Props {
  /** The question, which names the group. */
  label: string
  labelHidden?: boolean
  scale: Scale
  /** What is chosen; nothing by default. */
  value?: number | string | undefined
  onPick: (mood: number) => void
}

/** A mood on the person's own scale: faces up to seven steps, numbers up to eleven, beyond that a slider. */
export function MoodPicker({ label, labelHidden, scale, value, onPick }: Props) {
  const steps = stepsOf(scale)
  return (
    <fieldset class="mood-picker">
      <legend class={labelHidden ? 'visually-hidden' : 'mood-picker-label'}>{label}</legend>
      {steps ? (
        <div class={classes('mood-steps', steps.length > 7 && 'mood-steps-many')}>
          {steps.map(step => (
            <Step key={step} step={step} scale={scale} faces={steps.length <= 7} value={value} onPick={onPick} />
          ))}
        </div>
      ) : (
        <Slider scale={scale} value={value} onPick={onPick} />
      )}
      {steps && steps.length > 7 && (
        <div class="mood-ends" aria-hidden="true">
          <span>{wordOf(-1)}</span>
          <span>{wordOf(1)}</span>
        </div>
      )}
    </fieldset>
  )
}

interface StepProps extends Pick<Props, 'scale' | 'value' | 'onPick'> {
  step: number
  faces: boolean
}

function Step({ step, scale, faces, value, onPick }: StepProps) {
  const valence = valenceOf(step, scale)
  const word = wordOf(valence)
  return (
    <button
      type="button"
      class={faces ? 'mood-face' : 'mood-number'}
      aria-label={faces ? `${word}, ${number(step)}` : `${number(step)}, ${word}`}
      aria-pressed={value === step}
      style={{ '--face': colourOf(valence) }}
      onClick={() => onPick(step)}
    >
      {faces ? <Face valence={valence} size={44} /> : number(step)}
      {faces && <span class="mood-word">{word}</span>}
    </button>
  )
}

/** Nothing is chosen before it is moved, and nothing logged before the button says so. */
function Slider({ scale: { min, max }, value, onPick }: Pick<Props, 'scale' | 'value' | 'onPick'>) {
  const [at, move] = useState(typeof value === 'number' ? value : undefined)
  const shown = at ?? (min + max) / 2
  const valence = at === undefined ? null : valenceOf(at, { min, max })
  return (
    <div class="mood-slider">
      <output class="mood-slider-value">
        <Face valence={valence} size={56} />
        <span>{at === undefined ? texts.move : `${number(at)} · ${wordOf(valence)}`}</span>
      </output>
      <input
        type="range"
        min={min}
        max={max}
        step={Number.isInteger(min) && Number.isInteger(max) ? 1 : 'any'}
        value={shown}
        aria-label={texts.mood}
        aria-valuetext={at === undefined ? texts.move : `${number(at)}, ${wordOf(valence)}`}
        onInput={event => move(Number(event.currentTarget.value))}
      />
      <Button look="primary" disabled={at === undefined} onClick={() => at !== undefined && onPick(at)}>
        {value === undefined ? texts.log : texts.choose}
      </Button>
    </div>
  )
}

/** The steps of a scale that can stand side by side. */
function stepsOf({ min, max }: Scale): number[] | undefined {
  const many = max - min + 1
  if (!Number.isInteger(min) || !Number.isInteger(max) || many > 11) return undefined
  return Array.from({ length: many }, (_, i) => min + i)
}

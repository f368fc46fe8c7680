import { colourOf } from './mood-step.ts'

/** The middle of the mouth is this much lower than its corners, for the best mood; higher for the worst. */
const bend = 4.2

/** The face of a mood, in its colour. It needs a word beside it, or in the name of what holds it. */
export function Face({ valence, size = 40 }: { valence: number | null; size?: number }) {
  const smile = (valence ?? 0) * bend
  const corners = 21.2 - smile * 0.45
  return (
    <svg
      class="face"
      viewBox="0 0 32 32"
      width={size}
      height={size}
      aria-hidden="true"
      focusable="false"
      style={{ '--face': colourOf(valence) }}
    >
      <circle class="face-skin" cx="16" cy="16" r="15" />
      <circle class="face-eye" cx="11.2" cy="13" r="1.7" />
      <circle class="face-eye" cx="20.8" cy="13" r="1.7" />
      <path class="face-mouth" d={`M10 ${corners} Q16 ${corners + smile * 1.9} 22 ${corners}`} />
    </svg>
  )
}

/** Moods have seven looks, whatever the scale: a step from 1 (worst) to 7 (best), for colour, face and word. */

/** @param valence from -1 to 1; null for a label that nobody knows. */
export function stepOf(valence: number | null | undefined): number | undefined {
  if (valence === null || valence === undefined) return undefined
  return Math.min(7, Math.max(1, Math.round((valence + 1) * 3) + 1))
}

/** The colour of a valence, for CSS; continuous between the steps. */
export function colourOf(valence: number | null | undefined): string {
  if (valence === null || valence === undefined) return 'var(--sunken)'
  const at = (Math.min(1, Math.max(-1, valence)) + 1) * 3 + 1
  const low = Math.min(6, Math.floor(at))
  const share = Math.round((at - low) * 100)
  if (share === 0) return `var(--mood-${low})`
  if (share === 100) return `var(--mood-${low + 1})`
  return `color-mix(in oklab, var(--mood-${low + 1}) ${share}%, var(--mood-${low}))`
}

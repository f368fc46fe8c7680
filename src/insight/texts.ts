/** All words of the statistics, in one place. */

/** Monday first. */
export const weekdayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const

export const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

export const method =
  'Every number is about days, each counted with the mean valence of its entries; 95 % intervals are wider where moods last for several days. ' +
  'A difference is found when its interval excludes 0 and, over all that were compared, at most 5 % of the findings are expected to be chance; it does not say what causes what.'

/** The legend of a year in pixels. */
export const legend = { worst: 'worst', best: 'best' }

/** The title of a year in pixels. */
export const titleOfYear = (year: number) => `Moods of ${year}`

/** @param logged the number of days with an entry. */
export const descriptionOfYear = (logged: number) =>
  `Each square is a day: months from left to right, days from top to bottom. ${logged === 1 ? '1 day has' : `${logged} days have`} an entry. The colour is the mean of the day's moods, from orange (worst) to blue (best), light to dark, or dark to light in the dark theme.`

/**
 * What a square says.
 * @param valence null where nothing is known.
 */
export function titleOfDay(date: string, entries: number, valence: number | null): string {
  if (entries === 0) return `${date}: no entry`
  const many = entries === 1 ? '1 entry' : `${entries} entries`
  return valence === null ? `${date}: ${many}, no valence` : `${date}: ${many}, valence ${valence.toFixed(2)}`
}

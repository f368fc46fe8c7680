/**
 * Folds transliterated Sanskrit to one spelling: scholars write `Śvānāsana`, `Vṛkṣāsana`, `Cakrāsana`, teachers
 * `Shvanasana`, `Vrikshasana`, `Chakrasana`. Applied to both sides of a comparison, so it only has to be the same for
 * both.
 */
export function oneSpelling(text: string): string {
  return text.replaceAll('sh', 's').replaceAll('ch', 'c').replaceAll('ri', 'r')
}

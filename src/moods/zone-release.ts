/** The release of the tz database that the tests ran with (a test compares): zones are decided by their laws of that time. */
export const testedZoneRelease = '2026c'

/** The release that this runtime decides zones by; a system's own ICU may not name it. */
export const zoneRelease = String({ tz: 'unknown', ...process.versions }.tz)

/**
 * A warning where a runtime decides zones by older laws than the project was tested with: entries are put on days that
 * are never recomputed, so a wrong hour of a changed zone stays wrong. Empty where there is nothing to warn of.
 * @param release of the runtime; of two releases the later one comes later in the alphabet.
 */
export function zoneWarnings(release: string): string[] {
  if (release >= testedZoneRelease && release !== 'unknown') return []
  return [
    `TIME ZONES ARE OLD: this runtime has the tz release ${release}, moodstreak was tested with ${testedZoneRelease}. Entries from zones whose law has changed since are put on wrong days, and stay there. Update Node (npm ci), or its ICU.`,
  ]
}

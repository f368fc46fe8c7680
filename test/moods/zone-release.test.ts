import t from 'tap'
import { testedZoneRelease, zoneRelease, zoneWarnings } from '../../src/moods/zone-release.ts'

t.test('field case 10: the release that the project is tested with is the one the tests run on', async t => {
  t.equal(testedZoneRelease, zoneRelease, 'a newer Node brings a newer one: say so in src/moods/zone-release.ts')
})

t.test('field case 10: a runtime whose zones are older is warned of loudly, by its release', async t => {
  for (const old of ['2025c', '2026a', 'unknown']) {
    t.match(zoneWarnings(old), [new RegExp(`TIME ZONES ARE OLD.*${old}.*${testedZoneRelease}`)])
  }
  for (const fine of [testedZoneRelease, '2026d', '2027a']) t.strictSame(zoneWarnings(fine), [], fine)
})

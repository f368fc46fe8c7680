import t from 'tap'
import { newTimezone, readZone } from '../../src/moods/zones.ts'

const read = (names: string[]) => names.map(readZone)

t.test('field case 9: only the letter case of a zone is mended; an alias stays', async t => {
  t.strictSame(
    read(['europe/berlin', 'EUROPE/BERLIN', 'Asia/Kolkata', 'asia/kolkata', 'america/port-au-prince', 'us/pacific']),
    ['Europe/Berlin', 'Europe/Berlin', 'Asia/Kolkata', 'Asia/Kolkata', 'America/Port-au-Prince', 'US/Pacific'],
  )
  const spelled = [
    'America/Argentina/Buenos_Aires',
    'America/Argentina/ComodRivadavia',
    'America/Knox_IN',
    'Africa/Dar_es_Salaam',
    'Antarctica/DumontDUrville',
    'Antarctica/McMurdo',
    'Etc/GMT-14',
    'Etc/UTC',
    'Europe/Isle_of_Man',
    'Mexico/BajaNorte',
    'US/East-Indiana',
    'UTC',
    'GMT',
  ]
  t.strictSame(read(spelled), spelled)
  t.strictSame(read(spelled.map(name => name.toLowerCase())), spelled)
  t.strictSame(read(spelled.map(name => name.toUpperCase())), spelled)
  const known = Intl.supportedValuesOf('timeZone').filter(name => name.includes('/'))
  t.strictSame(read(known), known)
})

t.test('field case 9: a short name that means several zones is no zone', async t => {
  const names = [
    'PST',
    'IST',
    'EST',
    'CET',
    'MST7MDT',
    'Japan',
    'Zulu',
    '',
    ' ',
    'Mars/Olympus_Mons',
    'x'.repeat(9_999),
  ]
  t.strictSame(read(names).filter(Boolean), [])
})

t.test('field case 8: an offset is a zone, with GMT or UTC before it or without', async t => {
  t.strictSame(read(['GMT+02:00', 'utc-3', 'GMT+5:30', 'UTC+0530', '+05:30', '-09', ' +02:00 ']), [
    '+02:00',
    '-03:00',
    '+05:30',
    '+05:30',
    '+05:30',
    '-09:00',
    '+02:00',
  ])
  t.strictSame(read(['Etc/Unknown', 'undefined', 'null', '+5', '+15:00', 'GMT+99', '+02:60']).filter(Boolean), [])
})

t.test('field case 9: a new zone must be one; that which is stored stays, whatever it is called', async t => {
  t.equal(newTimezone(undefined), undefined)
  t.equal(newTimezone('europe/berlin'), 'Europe/Berlin')
  t.equal(newTimezone('PST', 'PST'), 'PST')
  t.throws(() => newTimezone('PST', 'IST'), { code: 'invalid_request', errors: [/timezone.*Europe.Berlin/] })
})

t.test('security 37: a text that is too long for any zone is not read', async t => {
  t.equal(readZone(`${' '.repeat(200)}europe/berlin`), 'Europe/Berlin')
  t.equal(readZone(`${' '.repeat(300)}europe/berlin`), undefined)
})

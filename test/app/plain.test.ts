import t from 'tap'
import { ApiProblem, NoAnswer } from '../../client/src/problem.ts'
import { addDays, daysBetween, relativeDay } from '../../web/src/format.ts'
import { streakFacts } from '../../web/src/screens/today/streak-facts.ts'
import { errorsOf } from '../../web/src/ui/form-errors.ts'
import { colourOf, stepOf } from '../../web/src/ui/mood-step.ts'
import { hintFor, strengthOf } from '../../web/src/ui/password-strength.ts'

/** Functions of the app that need no browser. */

const details = {
  current: 12,
  status: 'at_risk',
  started_on: '2026-11-14',
  last_logged_on: '2026-11-25',
  expires_at: '2026-11-27T03:00:00.000Z',
  longest: { length: 12, from: '2026-11-14', to: '2026-11-25' },
  last_run: { length: 12, from: '2026-11-14', to: '2026-11-25' },
  today: '2026-11-26',
  timezone: 'Europe/Berlin',
} as const
const noGap = { gap: null, healed: 0 }
const gap = (from: string, to: string, length: number, healed: number) => ({ gap: { from, to, length }, healed })

t.test('a streak at risk says until when, in the zone of the person, and what it comes to', async t => {
  t.match(streakFacts({ streak: 12, streak_details: details }, noGap).reason, /before 0?4:00.* to 13 days/)
  const midnight = { ...details, expires_at: '2026-11-26T23:00:00.000Z' }
  t.match(streakFacts({ streak: 12, streak_details: midnight }, noGap).reason, /before midnight/)
})

t.test(
  'a gap is worth a word when it can be filled from memory: a week after a break, a day within a streak',
  async t => {
    const broken = { streak: 0, streak_details: { ...details, status: 'broken', expires_at: null } } as const
    t.match(streakFacts(broken, gap('2026-11-24', '2026-11-24', 1, 9)), {
      missing: '2026-11-24',
      healing: /make the streak 9 days/,
    })
    t.match(streakFacts(broken, gap('2026-11-20', '2026-11-22', 3, 9)), {
      missing: undefined,
      healing: /make the streak 9 days/,
    })
    t.match(streakFacts(broken, gap('2026-10-01', '2026-11-22', 53, 99)), { healing: undefined })
    const active = { streak: 3, streak_details: { ...details, status: 'active' } } as const
    t.match(streakFacts(active, gap('2026-11-20', '2026-11-22', 3, 9)), { healing: undefined })
    t.match(streakFacts(active, gap('2026-11-22', '2026-11-22', 1, 9)), { healing: /make the streak 9 days/ })
  },
)

t.test('days are counted without zones, across a change of the clock and a leap day', async t => {
  t.equal(daysBetween('2026-10-24', '2026-10-26'), 2)
  t.equal(addDays('2028-02-28', 2), '2028-03-01')
  t.equal(relativeDay('2026-11-25', '2026-11-26'), 'yesterday')
})

t.test('sentences of the server stand beside the field that they are about', async t => {
  const problem = (code: 'invalid_request' | 'username_taken', ...errors: string[]) =>
    new ApiProblem({ type: '', title: '', status: 400, detail: '', instance: '', code, errors })
  t.same(errorsOf(problem('invalid_request', 'password must have at least 8 characters'), ['password']), {
    password: 'Password must have at least 8 characters',
  })
  t.same(errorsOf(problem('invalid_request', 'new_password must be longer'), ['password']), {
    password: 'Password must be longer',
  })
  t.same(errorsOf(problem('invalid_request', 'timezone must be one'), ['username']), { form: 'Timezone must be one' })
  t.same(Object.keys(errorsOf(problem('username_taken', 'Taken.'), ['username'])), ['username'])
  t.same(Object.keys(errorsOf(new NoAnswer(), ['username'])), ['form'])
})

t.test('a password is as strong as it is long and varied, and never the username', async t => {
  t.equal(strengthOf('', 'maya'), 'none')
  t.equal(strengthOf('short', 'maya'), 'weak')
  t.match(hintFor('short', 'maya'), /3 to go/)
  t.equal(strengthOf('aaaaaaaaaaaaaaaaaaaa', 'maya'), 'weak')
  t.equal(strengthOf('MayaOkafor', 'mayaokafor'), 'weak')
  t.equal(strengthOf('ü'.repeat(37), 'maya'), 'weak')
  t.equal(strengthOf('some words', 'maya'), 'fair')
  t.equal(strengthOf('correct horse battery', 'maya'), 'strong')
})

t.test('every valence has one of seven steps, and a colour between its neighbours', async t => {
  t.same([-1, -0.6, 0, 0.6, 1, null].map(stepOf), [1, 2, 4, 6, 7, undefined])
  t.equal(colourOf(-1), 'var(--mood-1)')
  t.equal(colourOf(1), 'var(--mood-7)')
  t.equal(colourOf(0.5), 'color-mix(in oklab, var(--mood-6) 50%, var(--mood-5))')
  t.equal(colourOf(null), 'var(--sunken)')
})

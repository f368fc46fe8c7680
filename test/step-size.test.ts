import t from 'tap'
import { stepSize } from '../src/step-size.ts'

t.test('a step doubles while it is quick enough and halves when it is not, within its limits', async t => {
  const step = stepSize({ min: 4, max: 20, targetMs: 10 })
  const sizes = [1, 10, 1, 1, 11, 50, 99, 99, 5].map(ms => {
    const { next } = step
    step.took(ms)
    return next
  })
  t.strictSame(sizes, [4, 8, 16, 20, 20, 10, 5, 4, 4])
  t.equal(step.next, 8)
})

import t from 'tap'
import { fairQueue } from '../../src/auth/fair-queue.ts'

/** Jobs that end when they are told to, by name, and the order in which they began. */
function jobs() {
  const begun: string[] = []
  const ends: (() => void)[] = []
  return {
    begun,
    job: (name: string) => () => {
      begun.push(name)
      return new Promise<string>(resolve => ends.push(() => resolve(name)))
    },
    async endAll() {
      for (let end = ends.shift(); end; end = ends.shift()) {
        end()
        await new Promise(setImmediate)
      }
    },
  }
}

t.test('security 5: those who wait take turns, however many jobs each has', async t => {
  const queue = fairQueue({ concurrency: 1, maxQueued: 20 })
  const { begun, job, endAll } = jobs()
  for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1']) void queue.add(name.charAt(0), job(name))
  await endAll()
  t.strictSame(begun, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4'])
})

t.test('security 5: so many run together and so many wait; one alone gets half of the room', async t => {
  const queue = fairQueue({ concurrency: 2, maxQueued: 4 })
  const { begun, job, endAll } = jobs()
  const greedy = Array.from({ length: 6 }, (_, i) => queue.add('greedy', job(`g${i}`)))
  t.strictSame(begun, ['g0', 'g1'])
  t.strictSame(
    greedy.map(added => added !== undefined),
    [true, true, true, true, false, false],
  )
  const others = ['x', 'y', 'z'].map(name => queue.add(name, job(name)))
  t.strictSame(
    others.map(added => added !== undefined),
    [true, true, false],
  )
  await endAll()
  t.strictSame(await Promise.all([...greedy, ...others]), [
    'g0',
    'g1',
    'g2',
    'g3',
    undefined,
    undefined,
    'x',
    'y',
    undefined,
  ])
  t.type(queue.add('z', job('z')), Promise, 'and then there is room again')
  await endAll()
})

t.test('a job that fails fails alone', async t => {
  const queue = fairQueue({ concurrency: 1, maxQueued: 4 })
  const failing = queue.add('a', () => Promise.reject(new Error('its own')))
  const fine = queue.add('a', async () => 'fine')
  await t.rejects(failing as Promise<unknown>, { message: 'its own' })
  t.equal(await fine, 'fine')
})

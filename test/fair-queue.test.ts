import t from 'tap'
import { fairQueue, QueueFull } from '../src/fair-queue.ts'

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

/** What became of each: its result, or `full`. */
async function outcomes(added: readonly Promise<string>[]) {
  const settled = await Promise.allSettled(added)
  return settled.map(one => {
    if (one.status === 'fulfilled') return one.value
    return one.reason instanceof QueueFull ? 'full' : one.reason
  })
}

t.test('security 5: those who wait take turns, however many jobs each has', async t => {
  const queue = fairQueue({ concurrency: 1, maxQueued: 20, maxPerAccount: 20 })
  const { begun, job, endAll } = jobs()
  for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1']) void queue.add({ network: name.charAt(0) }, job(name))
  await endAll()
  t.strictSame(begun, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4'])
})

t.test('work of no network, as of a command, waits and gets its turn like any other', async t => {
  const queue = fairQueue({ concurrency: 1, maxQueued: 20, maxPerAccount: 20 })
  const { job, endAll } = jobs()
  const added = ['1', '2', '3'].map(name => queue.add({ network: '' }, job(name)))
  await endAll()
  t.strictSame(await Promise.all(added), ['1', '2', '3'])
})

t.test('security 5: so many run together and so many wait, the rest is refused at once', async t => {
  const queue = fairQueue({ concurrency: 2, maxQueued: 4, maxPerAccount: 20 })
  const { begun, job, endAll } = jobs()
  const greedy = Array.from({ length: 8 }, (_, i) => queue.add({ network: 'greedy' }, job(`g${i}`)))
  t.strictSame(begun, ['g0', 'g1'])
  t.strictSame(await outcomes(greedy.slice(6)), ['full', 'full'])
  await endAll()
  t.strictSame(await outcomes(greedy.slice(0, 6)), ['g0', 'g1', 'g2', 'g3', 'g4', 'g5'])
  const late = queue.add({ network: 'greedy' }, job('late'))
  await endAll()
  t.equal(await late, 'late', 'and then there is room again')
})

t.test(
  'security 42: three networks that fill the queue make room for a fourth, which waits for one job of each',
  async t => {
    const queue = fairQueue({ concurrency: 1, maxQueued: 12, maxPerAccount: 20 })
    const { begun, job, endAll } = jobs()
    const hostile = Array.from({ length: 60 }, (_, i) => queue.add({ network: `h${i % 3}` }, job(`h${i % 3}`)))
    const settled = outcomes(hostile)
    const fourth = queue.add({ network: 'fourth' }, job('fourth'))
    await endAll()
    t.equal(await fourth, 'fourth')
    t.ok(begun.indexOf('fourth') <= 4, begun.join(' '))
    const served = (await settled).filter(one => one !== 'full')
    t.equal(served.length, 12, 'one of theirs lost its place')
  },
)

t.test(
  'security 42: as many networks as there are places keep theirs: none takes the last place of another',
  async t => {
    const queue = fairQueue({ concurrency: 1, maxQueued: 3, maxPerAccount: 20 })
    const { job, endAll } = jobs()
    const added = ['a', 'a', 'b', 'c', 'd', 'b'].map((network, i) => queue.add({ network }, job(`${network}${i}`)))
    const settled = outcomes(added)
    await endAll()
    t.strictSame(await settled, ['a0', 'a1', 'b2', 'c3', 'full', 'full'])
  },
)

t.test('security 42: a newcomer gets the place of the network with the most, whichever came first', async t => {
  const queue = fairQueue({ concurrency: 1, maxQueued: 4, maxPerAccount: 20 })
  const { begun, job, endAll } = jobs()
  const added = ['a', 'b', 'c', 'c', 'c', 'd'].map((network, i) => queue.add({ network }, job(`${network}${i}`)))
  const settled = outcomes(added)
  await endAll()
  t.strictSame(await settled, ['a0', 'b1', 'c2', 'c3', 'full', 'd5'])
  t.strictSame(begun, ['a0', 'b1', 'c2', 'd5', 'c3'])
})

t.test('security 42: one account has its share too, from however many networks', async t => {
  const queue = fairQueue({ concurrency: 1, maxQueued: 20, maxPerAccount: 3 })
  const { job, endAll } = jobs()
  const add = (account: string, i: number) => queue.add({ network: `n${i}`, account }, job(`${account}${i}`))
  const added = [...Array.from({ length: 5 }, (_, i) => add('a', i)), add('b', 6)]
  const settled = outcomes(added)
  await endAll()
  t.strictSame(await settled, ['a0', 'a1', 'a2', 'full', 'full', 'b6'])
  const again = add('a', 7)
  await endAll()
  t.equal(await again, 'a7', 'what is done does not count')
})

t.test('a job that fails fails alone', async t => {
  const queue = fairQueue({ concurrency: 1, maxQueued: 4, maxPerAccount: 20 })
  const owner = { network: 'a', account: 'maya' }
  const failing = t.rejects(
    queue.add(owner, () => Promise.reject(new Error('its own'))),
    { message: 'its own' },
  )
  const fine = queue.add(owner, async () => 'fine')
  await failing
  t.equal(await fine, 'fine')
})

t.test(
  'security 41: known devices have a place in a queue full of other networks, up to half of the places',
  async t => {
    const queue = fairQueue({ concurrency: 1, maxQueued: 4, maxPerAccount: 2 })
    const { begun, job, endAll } = jobs()
    const hostile = Array.from({ length: 5 }, (_, n) => queue.add({ network: `h${n}` }, job(`h${n}`)))
    const strangers = outcomes(hostile)
    const known = (account: string, isKnown = true) => queue.add({ network: 'h1', account, isKnown }, job(account))
    const devices = [known('maya'), known('ines')]
    t.strictSame(
      await outcomes([known('noor'), known('sam', false)]),
      ['full', 'full'],
      'half of the places, and no stranger',
    )
    const again = known('maya')
    t.strictSame(await outcomes([again]), ['full'], 'one of an account that has one')
    await endAll()
    t.strictSame(await outcomes(devices), ['maya', 'ines'])
    t.strictSame(await strangers, ['h0', 'h1', 'h2', 'full', 'full'])
    t.strictSame(begun, ['h0', 'maya', 'h1', 'ines', 'h2'], 'every second turn is theirs')
  },
)

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { availableParallelism } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import t, { type Test } from 'tap'
import work from '../../src/auth/password-worker.ts'
import { fitsBcrypt, startPasswords } from '../../src/auth/passwords.ts'
import { ApiError } from '../../src/errors.ts'

async function start(t: Test, cost = 4) {
  const passwords = startPasswords(cost)
  t.teardown(() => passwords.close())
  return passwords
}

const threads = Math.max(1, availableParallelism() - 1)

/** How much of a processor the middle one of some runs takes, in ms: whatever else the machine does. */
async function duration(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < 5; i++) {
    const start = process.cpuUsage()
    await run()
    const { user, system } = process.cpuUsage(start)
    times.push((user + system) / 1000)
  }
  return times.sort((a, b) => a - b)[2] as number
}

t.test('a password matches its hash, and nothing else does', async t => {
  const { hash, verify } = await start(t)
  const stored = await hash('correct horse battery')
  t.match(stored, /^\$2b\$04\$[./A-Za-z0-9]{53}$/)
  t.equal(await verify('correct horse battery', stored), true)
  for (const wrong of [
    'correct horse batterz',
    'Correct horse battery',
    ' correct horse battery',
    'correct horse battery ',
    'correct horse battery\0',
    'correct horse',
    '',
    ' ',
    stored,
  ])
    t.equal(await verify(wrong, stored), false, JSON.stringify(wrong))
  t.not(await hash('correct horse battery'), stored, 'the same password never has the same hash twice')
})

t.test('security 1: nothing is folded or trimmed: other spellings of a letter are another password', async t => {
  const { hash, verify } = await start(t)
  const stored = await hash('caf\u00e9 au lait')
  t.equal(await verify('caf\u00e9 au lait', stored), true)
  t.equal(await verify('cafe\u0301 au lait', stored), false)
  const emoji = await hash('🐎🔋📎🐎🔋📎')
  t.equal(await verify('🐎🔋📎🐎🔋📎', emoji), true)
  t.equal(await verify('🐎🔋📎🐎🔋📐', emoji), false)
})

t.test('security 1: 72 bytes are all looked at, and what is longer matches nothing', async t => {
  const { hash, verify } = await start(t)
  for (const longest of ['a'.repeat(72), 'ä'.repeat(36)]) {
    t.ok(fitsBcrypt(longest))
    t.notOk(fitsBcrypt(`${longest}a`))
    const stored = await hash(longest)
    t.equal(await verify(longest, stored), true)
    t.equal(await verify(longest.slice(0, -1), stored), false)
    t.equal(await verify(`${longest}a`, stored), false, 'though bcrypt would not see the difference')
  }
})

t.test('the cost is the one asked for; a hash of another cost still matches', async t => {
  const [cheap, dear] = await Promise.all([start(t, 4), start(t, 5)])
  const stored = await cheap.hash('correct horse battery')
  t.match(await dear.hash('correct horse battery'), /^\$2b\$05\$/)
  t.equal(await dear.verify('correct horse battery', stored), true)
  t.equal(await dear.verify('correct horse batterz', stored), false)
})

const noHashes = {
  null: null,
  undefined,
  'an empty text': '',
  'a text': 'not a hash',
  'a cut hash': '$2b$04$abcdefghijklmnopqrstuu',
  'a hash of another kind': '$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG',
  'a hash of an impossible cost': `$2b$99$${'a'.repeat(53)}`,
}
for (const [what, hash] of Object.entries(noHashes)) {
  t.test(`${what} in place of a hash matches no password and throws nothing`, async t => {
    const { verify } = await start(t)
    for (const password of ['correct horse battery', 'nobody has this one', '', ' '])
      t.equal(await verify(password, hash), false)
  })
}

t.test(
  'security 2: nobody learns from the time whether there is an account, or what is wrong with its hash',
  async t => {
    const { hash, verify } = await start(t, 8)
    const stored = await hash('correct horse battery')
    const wrong = await duration(() => verify('correct horse batterz', stored))
    const others: Record<string, () => Promise<boolean>> = {
      'the right password': () => verify('correct horse battery', stored),
      'the empty password': () => verify('', stored),
      'a password that is too long': () => verify('a'.repeat(1_000), stored),
    }
    for (const [what, hash] of Object.entries(noHashes)) others[what] = () => verify('correct horse battery', hash)
    for (const [what, run] of Object.entries(others)) {
      const ratio = (await duration(run)) / wrong
      t.ok(ratio > 0.1 && ratio < 10, `${what} takes ${ratio.toFixed(2)} times as long as a wrong one`)
    }
  },
)

t.test('security 5: when too many wait, the rest is told at once; those who wait are served', async t => {
  const { hash, verify } = await start(t, 8)
  const stored = await hash('correct horse battery')
  const outcomes = await Promise.allSettled(
    Array.from({ length: 400 }, (_, i) =>
      verify(i % 2 ? 'correct horse battery' : 'wrong', stored, { network: `network ${i}` }),
    ),
  )
  const served = outcomes.flatMap((outcome, i) =>
    outcome.status === 'fulfilled' ? [[i % 2 === 1, outcome.value]] : [],
  )
  const refused = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason] : []))
  t.ok(served.every(([right, answer]) => right === answer))
  t.ok(refused.every(error => error instanceof ApiError && error.code === 'too_busy' && error.facts.retryAfterMs))
  t.equal(served.length, threads + 12 * threads, 'as many as there are threads compute, 12 for each wait')
  t.equal(await verify('correct horse battery', stored), true, 'and then there is room again')
  const hashing = await Promise.allSettled(
    Array.from({ length: 400 }, (_, i) => hash('correct horse battery', { network: `network ${i}` })),
  )
  t.equal(
    hashing.filter(({ status }) => status === 'fulfilled').length,
    served.length,
    'hashing waits in the same queue',
  )
})

t.test('the first password starts the first thread, and without one there is nothing to stop', async t => {
  let threads = 0
  const count = () => void threads++
  subscribe('worker_threads', count)
  t.teardown(() => unsubscribe('worker_threads', count))
  await startPasswords(4).close()
  const { hash } = await start(t)
  t.equal(threads, 0)
  await hash('correct horse battery')
  t.equal(threads, 1)
})

t.test('a thread without work ends after a while, and the next password starts another one', async t => {
  let started = 0
  let ended = 0
  const watch = (worker: Worker) => {
    started++
    worker.once('exit', () => void ended++)
  }
  process.on('worker', watch)
  t.teardown(() => process.off('worker', watch))
  const passwords = startPasswords(4, 10)
  t.teardown(() => passwords.close())
  for (const times of [1, 2]) {
    await passwords.hash('correct horse battery')
    t.equal(started, times)
    // Neither the thread nor the wait for its end keeps a process alive.
    while (ended < times) await setTimeout(10)
  }
})

t.test('security 3: a wrong password takes as long with a hash of a lower cost', async t => {
  const [cheap, dear] = await Promise.all([start(t, 4), start(t, 10)])
  const [cheaper, ours] = await Promise.all([cheap.hash('correct horse battery'), dear.hash('correct horse battery')])
  // Sixty-four times as long otherwise.
  const ratio =
    (await duration(() => dear.verify('wrong', ours))) / (await duration(() => dear.verify('wrong', cheaper)))
  t.ok(ratio > 0.1 && ratio < 10, `${ratio.toFixed(2)} times as long`)
})

t.test('security 3: a hash is renewed where it is cheaper than ours, and only if there is room for that', async t => {
  const [cheap, dear] = await Promise.all([start(t, 4), start(t, 5)])
  const old = await cheap.hash('correct horse battery')
  const renewed = await dear.renewed('correct horse battery', old)
  t.match(renewed, /^\$2b\$05\$/)
  t.equal(await dear.verify('correct horse battery', renewed), true)
  t.equal(await dear.renewed('correct horse battery', renewed), renewed)
  t.equal(await cheap.renewed('correct horse battery', renewed), renewed, 'nor where it is dearer')
  const crowd = Array.from({ length: 100 }, (_, i) => dear.verify('wrong', old, { network: `network ${i}` }))
  t.equal(await dear.renewed('correct horse battery', old), old)
  await Promise.allSettled(crowd)
})

t.test(
  'security 42: who fills the queue from one network gives places up to others, who wait for one of theirs only',
  async t => {
    const { hash, verify } = await start(t, 6)
    const stored = await hash('correct horse battery')
    const order: string[] = []
    const ask = (from: string) => verify('wrong', stored, { network: from }).then(() => void order.push(from))
    const flood = Promise.allSettled(Array.from({ length: 100 }, () => ask('flood')))
    await Promise.all([ask('somebody'), ask('somebody else')])
    t.equal((await flood).filter(({ status }) => status === 'fulfilled').length, threads + 12 * threads - 2)
    t.ok(order.indexOf('somebody else') <= 2 * threads + 1, order.join(', '))
  },
)

t.test('whoever waits when the threads are stopped is told', async t => {
  const passwords = startPasswords(8)
  const waiting = Promise.allSettled(Array.from({ length: 5 }, () => passwords.hash('correct horse battery')))
  await passwords.close()
  t.ok((await waiting).some(({ status }) => status === 'rejected'))
})

t.test('security 5: while passwords are computed the event loop goes on', async t => {
  const { hash } = await start(t, 11)
  const before = performance.eventLoopUtilization()
  const begun = performance.now()
  await hash('correct horse battery')
  const { utilization } = performance.eventLoopUtilization(before)
  t.ok(utilization < 0.8, `it is busy for ${utilization.toFixed(2)} of ${Math.round(performance.now() - begun)} ms`)
})

t.test('what the threads do: hash, compare, and take no hash for an answer', async t => {
  const stored = await work({ password: 'correct horse battery', cost: 4 })
  t.match(stored, /^\$2b\$04\$/)
  t.equal(await work({ password: 'correct horse battery', hash: String(stored), cost: 4 }), true)
  t.equal(await work({ password: 'wrong', hash: String(stored), cost: 4 }), false)
  t.equal(await work({ password: 'wrong', hash: String(stored), cost: 6 }), false)
  t.equal(await work({ password: 'wrong', hash: 'not a hash', cost: 4 }), false)
  t.equal(await work({ password: 'wrong', hash: `$2b$99$${'a'.repeat(53)}`, cost: 4 }), false)
})

import t from 'tap'
import { localThrottle } from '../../src/auth/local-throttle.ts'
import { rules } from '../../src/auth/throttle-rules.ts'

const counted = (kind: keyof typeof rules, hash: string) => ({ ...rules[kind], kind, hash })
const name = counted('name', 'maya')
const network = counted('network', '192.0.2.1')

t.test('the process counts by the rules of the database: five for a name, then waits that grow to 15 minutes', t => {
  const local = localThrottle()
  let at = 0
  const guess = () => {
    t.ok(local.enter([name, network], at))
    local.failed([name, network], at)
  }
  for (let i = 0; i < 5; i++) {
    t.equal(local.blockedUntil([name, network], at), undefined)
    guess()
  }
  for (const seconds of [30, 60, 120, 240, 480, 900, 900]) {
    t.equal(local.blockedUntil([network, name], at), at + seconds * 1000)
    at += seconds * 1000
    t.equal(local.blockedUntil([name], at), undefined)
    guess()
  }
  t.equal(local.blockedUntil([network], at), undefined, 'a network has a hundred')
  at += 86_400_000
  for (let i = 0; i < 5; i++) guess()
  t.equal(local.blockedUntil([name], at), at + 30_000, 'after a day there are five again')
  t.end()
})

t.test('many at once get no further than one after the other, and right guesses cost nothing', t => {
  const local = localThrottle()
  for (let i = 0; i < 5; i++) t.ok(local.enter([name, network], 0))
  t.notOk(local.enter([name, network], 0), 'five are under way')
  local.withdrawn([name, network])
  t.ok(local.enter([name, network], 0), 'one was taken back')
  for (let i = 0; i < 4; i++) local.failed([name, network], 0)
  local.succeeded([name, network])
  for (let i = 0; i < 5; i++) {
    t.ok(local.enter([name], 0), 'the right one has cleared the name')
    local.failed([name], 0)
  }
  t.equal(local.blockedUntil([name], 0), 30_000)
  local.forgiven([name])
  t.equal(local.blockedUntil([name], 0), undefined)
  local.succeeded([name])
  t.equal(local.blockedUntil([name], 0), undefined, 'what is not known is settled')
  t.end()
})

t.test('after the free failures they are let in one at a time', t => {
  const local = localThrottle()
  for (let i = 0; i < 5; i++) local.failed([name], 0)
  t.ok(local.enter([name], 30_000))
  t.notOk(local.enter([name], 30_000))
  t.end()
})

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { temporaryFolder } from './helper.ts'

/** Runs a file of tests in a process of its own, as tap does. */
function outcomeOf(t: Test, tests: string) {
  const file = join(temporaryFolder(t), 'stray.test.ts')
  writeFileSync(file, `import t from ${JSON.stringify(import.meta.resolve('tap'))}\n${tests}`)
  const { TAP_CHILD_ID: _id, TAP: _tap, ...env } = process.env
  const inOneProcess = resolve(import.meta.dirname, 'in-one-process.ts')
  const { status, stdout } = spawnSync(process.execPath, [...process.execArgv, inOneProcess, file], {
    cwd: resolve(import.meta.dirname, '..'),
    env: { ...env, TAP: '1' },
    encoding: 'utf8',
  })
  const failed = Array.from(stdout.matchAll(/^ *not ok \d+ - (.*?)(?: #.*)?$/gm), ([, name]) => name)
  return { status, failed }
}

const throwing = {
  'an exception': `throw new Error('stray')`,
  'a rejection': `void Promise.reject(new Error('stray'))`,
}

for (const [what, statement] of Object.entries(throwing)) {
  t.test(`${what} that nobody catches fails the test that runs, and none that is to come`, async t => {
    const { status, failed } = outcomeOf(
      t,
      `t.test('first', async t => t.pass())
      t.test('second', t => void setTimeout(() => { ${statement} }, 1))
      t.test('third', async t => t.pass())`,
    )
    t.not(status, 0)
    t.strictSame(failed.slice(0, 2), ['stray', 'second'])
    t.notOk(failed.includes('third'))
  })

  t.test(`${what} after the last test fails the process`, async t => {
    const { status } = outcomeOf(
      t,
      `t.test('only', async t => t.pass())
      process.on('beforeExit', () => { ${statement} })`,
    )
    t.not(status, 0)
  })
}

t.test('what throws nothing passes', async t => {
  t.strictSame(outcomeOf(t, `t.test('only', async t => t.pass())`), { status: 0, failed: [] })
})

import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { startServer } from './server-process.ts'

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8')
const missing = ['bash', 'curl', 'sed'].filter(tool => spawnSync(tool, ['--version']).error)
const skip = missing.length > 0 && `this machine has no ${missing.join(', ')}`

t.test('the session of the README works when it is pasted', { skip }, async t => {
  const section = /## A first session([\s\S]*?)\n## /.exec(readme)?.[1] ?? ''
  const session = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block).join('')
  t.match(session, /API=http:\/\/127\.0\.0\.1:5555\n/)
  const { url } = await startServer(t)
  const script = session.replace(/API=.*/, `API=${url}`)
  const { stdout } = await promisify(execFile)('bash', ['-c', script])
  const answers = stdout
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line))
  t.match(answers, [
    { mood: { mood: 7, streak: 1 } },
    { mood: { mood: 'happy', streak: 2 } },
    { mood: { mood: 8, streak: 3, note: 'Slept well.' } },
    { streak: 3 },
    { total: 3 },
  ])
  t.ok(stdout.includes('{"streak":3,'), 'as the README promises')
})

import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { startServer } from './server-process.ts'

const missing = ['bash', 'curl', 'sed'].filter(tool => spawnSync(tool, ['--version']).error)
const skip = missing.length > 0 && `this machine has no ${missing.join(', ')}`

/** The output of a section's commands, pasted against a fresh server. */
async function paste(t: Test, file: string, title: string) {
  const text = readFileSync(resolve(import.meta.dirname, '..', file), 'utf8')
  const section = new RegExp(`^#+ ${title}\\n([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, 'm').exec(text)?.[1] ?? ''
  const session = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block).join('')
  t.match(session, /API=http:\/\/127\.0\.0\.1:5555\n/)
  const { url } = await startServer(t)
  const { stdout } = await promisify(execFile)('bash', ['-c', session.replace(/API=.*/, `API=${url}`)])
  const lines = stdout.split('\n').filter(line => line.startsWith('{'))
  return { stdout, answers: lines.map(line => JSON.parse(line)) }
}

t.test('the session of the README works when it is pasted', { skip }, async t => {
  const { stdout, answers } = await paste(t, 'README.md', 'A first session')
  t.match(answers, [
    { mood: { mood: 7, streak: 1 } },
    { mood: { mood: 'happy', streak: 2 } },
    { mood: { mood: 8, streak: 3, note: 'Slept well.' } },
    { streak: 3 },
    { total: 3 },
  ])
  t.ok(stdout.includes('{"streak":3,'), 'as the README promises')
})

t.test(
  'so does the yoga: made, looked over, re-ordered, copied, published, found, copied again, practised',
  { skip },
  async t => {
    const { stdout, answers } = await paste(t, 'docs/yoga.md', 'A yoga sequence')
    t.match(answers, [
      { poses: [{ id: 'handstand' }, { id: 'tree' }] },
      { target_seconds: 1_200 },
      { pose_count: 10, poses: [{ pose_id: 'cat' }, { pose_id: 'cow' }] },
      { title: 'Twenty minutes after work', own: true },
      { visibility: 'published' },
      { total: 1, sequences: [{ author: 'Ines', own: false }] },
      { title: 'Twenty minutes before breakfast', own: true, author: 'noor' },
      { note: 'Hips feel free.', title: 'Twenty minutes before breakfast' },
      { status: 403, code: 'forbidden' },
    ])
    t.ok(stdout.includes('"findings":[]'), 'as the page promises')
  },
)

import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'

/**
 * docs/security.md is a list of numbered lines. A test that proves one, or a part of one, begins its title with its number:
 * `security 12: ...`. No line may be without such a test, except those that are planned.
 */
const root = resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(resolve(root, file), 'utf8')

const [built = '', planned = ''] = read('docs/security.md').split('## Planned')
const linesOf = (text: string) =>
  [...text.matchAll(/^(\d+)\. (.*)/gm)].map(([, line, claim = '']) => ({ line: Number(line), claim }))

const titles = globSync('test/**/*.test.ts', { cwd: root }).flatMap(file =>
  [...read(file).matchAll(/\btest\(\s*(['"`])security (\d+): (.+?)\1,/g)].map(([, , line, title]) => ({
    file,
    line: Number(line),
    title,
  })),
)

t.test('the lines are numbered without gaps', async t => {
  const numbers = [...linesOf(built), ...linesOf(planned)].map(({ line }) => line)
  t.strictSame(
    numbers.toSorted((a, b) => a - b),
    numbers.map((_, n) => n + 1),
  )
})

for (const { line, claim } of linesOf(built)) {
  t.test(`a test proves line ${line}: ${claim}`, async t => {
    const of = titles.filter(title => title.line === line)
    t.ok(of.length > 0)
    for (const { file, title } of of) t.comment(`${file}: ${title}`)
  })
}

t.test('no title names a line that does not exist', async t => {
  const known = new Set([...linesOf(built), ...linesOf(planned)].map(({ line }) => line))
  t.strictSame(
    titles.filter(({ line }) => !known.has(line)),
    [],
  )
})

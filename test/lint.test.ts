import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { temporaryFolder } from './helper.ts'

const root = resolve(import.meta.dirname, '..')

/** Which of some files our rules of lint complain about, each with what they say. */
function complaints(t: Test, files: Record<string, string>): Map<string, string> {
  const folder = temporaryFolder(t)
  const config = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'))
  const plugins = config.plugins.map((plugin: string) => resolve(root, plugin))
  writeFileSync(join(folder, 'biome.json'), JSON.stringify({ plugins, linter: { rules: { preset: 'none' } } }))
  for (const [name, source] of Object.entries(files)) {
    mkdirSync(resolve(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), source)
  }
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const { stdout } = spawnSync(process.execPath, [biome, 'lint', '--reporter=github', '.'], {
    cwd: folder,
    encoding: 'utf8',
  })
  const found = stdout.matchAll(/^::error title=plugin,file=([^,]+).*::(.*)$/gm)
  return new Map([...found].map(([, file = '', said = '']) => [relative(folder, file), said]))
}

t.test('a write that is only described, and handed to nobody, is an error', async t => {
  const dropped = [
    'store.endWrite(id)',
    'await store.endWrite(id)',
    'void store.endWrite(id)',
    'store.removalWrites(id)',
    'store?.endWrite(id)',
    'endWrite(id)',
    'statement.asWrite({ id })',
  ]
  const kept = ['return store.endWrite(id)', 'await atomic([store.endWrite(id)])', 'stream.write(id)']
  const files = [...dropped, ...kept].map((line, i) => [`src/${i}.ts`, `export async function f() {\n  ${line}\n}\n`])
  const said = complaints(t, Object.fromEntries(files))
  t.strictSame(
    [...said.keys()].sort(),
    files.slice(0, dropped.length).map(([name]) => name),
  )
  t.match(said.get('src/0.ts'), /only describes a write/)
})

t.test('a placeholder of any type is an error outside of src/db', async t => {
  const source = "export const id = sql.placeholder('id')\n"
  const said = complaints(t, { 'src/a.ts': source, 'src/db/values.ts': source })
  t.strictSame([...said.keys()], ['src/a.ts'])
})

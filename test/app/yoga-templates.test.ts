import t from 'tap'
import { inCatalogue } from '../../src/yoga/catalogue.ts'
import { checkSequence } from '../../src/yoga/check.ts'
import { readItems } from '../../src/yoga/items.ts'
import { filterPoses, noFilter } from '../../web/src/screens/yoga/search.ts'
import { templates } from '../../web/src/screens/yoga/templates.ts'

t.test('a teacher has nothing to say about the templates, and their minutes are those promised', async t => {
  for (const { title, poses, description } of templates) {
    const items = readItems(poses, inCatalogue)
    const { findings, total_seconds } = checkSequence(items, inCatalogue)
    t.strictSame(findings, [], title)
    const promised = /in (\d+) minutes/.exec(description ?? '')?.[1]
    if (promised) t.equal(Math.round(total_seconds / 60), Number(promised), title)
  }
})

t.test('poses are found without accents and case, by level, kind, sides and owner', async t => {
  const poses = ['tree', 'crow', 'corpse', 'warrior-2'].flatMap(id => inCatalogue(id) ?? [])
  const found = (filter: Partial<typeof noFilter>) => filterPoses(poses, { ...noFilter, ...filter }).map(({ id }) => id)
  t.strictSame(found({}), ['corpse', 'crow', 'tree', 'warrior-2'])
  t.strictSame(found({ q: 'VRKSASANA' }), ['tree'])
  t.strictSame(found({ q: 'warrior ii' }), ['warrior-2'])
  t.strictSame(found({ category: 'arm-balance' }), ['crow'])
  t.strictSame(found({ sides: 'two' }), ['tree', 'warrior-2'])
  t.strictSame(found({ level: 'beginner', sides: 'one' }), ['corpse'])
  t.strictSame(found({ own: true }), [])
})

import t from 'tap'
import { deletedRows } from '../../src/deletions/deleted-rows.ts'
import { idFrom, type UserId } from '../../src/ids.ts'

t.test('what is restored while the trash is read takes nothing else with it', async t => {
  const trash = new Map(Array.from({ length: 250 }, (_, i) => [`id${i}`, i]))
  const store = {
    ids: async () => [...trash.keys()],
    findAll: async (_user: UserId, ids: readonly string[]) =>
      new Map(
        ids.flatMap((id, i) => {
          const n = trash.get(id)
          // One is purged, and of one not even the tombstone is left.
          if (i === 5) return []
          const row = { content: { id }, deletedAt: new Date(n ?? 0), revision: 2 }
          return [[id, n === undefined || i === 7 ? { revision: 2 } : (row as never)] as const]
        }),
      ),
  }
  const seen: unknown[] = []
  for await (const rows of deletedRows(store as never, idFrom<UserId>('maya'), () => 0)) {
    seen.push(...rows.map(row => (row as unknown as { id: string }).id))
    trash.delete('id3')
    trash.delete('id120')
  }
  const without = [5, 7, 105, 107, 205, 207, 120]
  t.strictSame(
    seen,
    Array.from({ length: 250 }, (_, i) => i)
      .filter(i => !without.includes(i))
      .map(i => `id${i}`),
  )
})

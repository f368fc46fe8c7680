import t from 'tap'
import { cacheSizes, memoryLimit } from '../src/cache-sizes.ts'

const MiB = 1024 * 1024
const total = (memory: number, processes = 1) =>
  Object.values(cacheSizes(memory, processes)).reduce((sum, size) => sum + size, 0) / MiB

t.test('caches take a 32nd of the memory, which processes share, within bounds', async t => {
  t.equal(total(1024 * MiB), 32)
  t.equal(total(1024 * MiB, 4), 8)
  t.equal(total(64 * MiB, 8), 4)
  t.equal(total(64 * 1024 * MiB), 64)
})

t.test('a container has less memory than its machine; without one the limit is 0, or more than there is', async t => {
  t.equal(memoryLimit(1024 * MiB, 256 * MiB), 256 * MiB)
  t.equal(memoryLimit(1024 * MiB, 0), 1024 * MiB)
  t.equal(memoryLimit(1024 * MiB, 2 ** 63), 1024 * MiB)
  t.ok(memoryLimit() > 0)
})

import { ftruncateSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import Client from 'better-sqlite3'
import t from 'tap'
import { examineSqlite } from '../../src/db/examine.sqlite.ts'
import { openSqlite } from '../../src/db/open.sqlite.ts'
import { findDamage } from '../../src/db/sample.sqlite.ts'
import { temporaryFolder } from '../helper.ts'

const folder = temporaryFolder(t)
const file = join(folder, 'moods.db')
await openSqlite(file).close()
// The last pages are of a long value in the middle of its table: nothing but a sample comes there. Three rows of this length
// have one leaf.
const filled = new Client(file)
filled.exec('create table long_values (id integer primary key, text text)')
for (const id of [1, 3, 2]) filled.exec(`insert into long_values values (${id}, hex(zeroblob(8430)))`)
filled.close()
const sound = readFileSync(file)
const pages = sound.length / 4_096
/** As a start examines a file that is large. */
const asLarge = () => examineSqlite(file, false, undefined, 0)

/** A page with these bytes at its beginning, and zeros. */
const pageOf = (...bytes: number[]) => Buffer.concat([Buffer.from(bytes)], 4_096)
const withPage = (number: number, page: Buffer) => {
  const changed = Buffer.from(sound)
  page.copy(changed, (number - 1) * 4_096)
  return changed
}

t.test('security 36: damage to a large file is found by a sample of its pages, and the file left as it is', async t => {
  t.ok(pages > 2 && pages < 256, 'so few that the sample has the first and the last for certain')
  const overwritten = (from: number, to: number) => Buffer.from(sound).fill(0xff, from, to)
  for (const [what, damaged] of Object.entries({
    header: overwritten(16, 60),
    schema: overwritten(100, 200),
    'a page of a table': overwritten(4_096, 8_192),
    'the last page': overwritten(sound.length - 4_096, sound.length),
    'a page is missing': sound.subarray(0, sound.length - 4_096),
    'nearly all of it is missing': sound.subarray(0, 1_000),
    'a page that was never written': withPage(pages, pageOf()),
  })) {
    writeFileSync(file, damaged)
    t.throws(asLarge, { message: /moods\.db is damaged \([^\n]+\); it was left unchanged$/ }, what)
    t.ok(readFileSync(file).equals(damaged))
    t.strictSame(readdirSync(folder), ['moods.db'])
  }
  writeFileSync(file, sound)
  t.equal(asLarge().migrations.applied, asLarge().migrations.known)
})

t.test('a sample takes the pages of trees and chains for sound, and no others', async t => {
  const last = Buffer.alloc(4)
  last.writeUInt32BE(pages)
  writeFileSync(file, sound.subarray(0, sound.length - 4_096))
  t.equal(findDamage(file), `it has fewer than the ${pages} pages it should have`)
  const cases: Record<string, [Buffer, RegExp | undefined]> = {
    'a page of a long value': [pageOf(...last, 1, 2, 3), undefined],
    'the last page of one': [pageOf(0, 0, 0, 0, 1, 2, 3), undefined],
    'a page that goes on behind the end': [pageOf(0, 0, 0xff, 0xff), /neither/],
    'a leaf without rows': [pageOf(0x0d, 0, 0, 0, 0, 0x10, 0, 0), undefined],
    'a leaf with more rows than fit': [pageOf(0x0d, 0, 0, 0xff, 0xff, 0x10, 0, 0), /neither/],
    'rows beyond the page': [pageOf(0x0d, 0, 0, 0, 0, 0xff, 0xff, 0), /neither/],
    'a row among the pointers': [pageOf(0x0d, 0, 0, 0, 1, 0x0f, 0, 0, 0, 1), /neither/],
    'a row behind the page': [pageOf(0x0d, 0, 0, 0, 1, 0x0f, 0, 0, 0xff, 1), /neither/],
    'an inner page': [pageOf(0x05, 0, 0, 0, 0, 0x10, 0, 0, ...last), undefined],
    'an inner page that leads nowhere': [pageOf(0x05, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0), /neither/],
  }
  for (const [what, [page, finding]] of Object.entries(cases)) {
    writeFileSync(file, withPage(pages, page))
    const found = findDamage(file)
    t.ok(finding ? finding.test(found ?? '') : found === undefined, what)
  }
  const withFree = withPage(pages, pageOf())
  withFree.writeUInt32BE(1, 36)
  writeFileSync(file, withFree)
  t.equal(findDamage(file), undefined, 'a page that is free was zeroed')
})

t.test('an empty page of 64 KiB, whose end its header has no room for, is sound', t => {
  const path = join(folder, 'large-pages')
  const client = new Client(path)
  client.exec('pragma page_size = 65536; create table empty (id integer primary key)')
  client.close()
  t.equal(readFileSync(path).length, 2 * 65_536)
  t.equal(findDamage(path), undefined)
  t.end()
})

t.test('the page that SQLite leaves out for its lock is empty in a sound file', async t => {
  const path = join(folder, 'sparse')
  const pageSize = 65_536
  const locked = 2 ** 30 / pageSize + 1
  const header = Buffer.alloc(100)
  header.writeUInt16BE(1, 16)
  header.writeUInt32BE(locked, 28)
  const descriptor = openSync(path, 'w')
  writeSync(descriptor, header, 0, 100, 0)
  for (let i = 1; i < 256; i++) {
    const number = 2 + Math.floor((i / 256) * (locked - 1))
    writeSync(descriptor, Buffer.from([0, 0, 0, 2]), 0, 4, (number - 1) * pageSize)
  }
  ftruncateSync(descriptor, locked * pageSize)
  t.equal(
    findDamage(path, () => 0),
    undefined,
  )
})

t.test('all pages are examined where it is thorough, where the file is small, and before it is migrated', async t => {
  const damaged = Buffer.from(sound)
  damaged.writeUInt32BE(5, 36)
  writeFileSync(file, damaged)
  t.doesNotThrow(asLarge, 'the list of free pages is not read')
  t.throws(() => examineSqlite(file, true, undefined, 0), /is damaged/)
  t.throws(() => examineSqlite(file), /is damaged/)
  writeFileSync(file, damaged)
  const client = new Client(file)
  client.exec('delete from __drizzle_migrations where created_at = (select max(created_at) from __drizzle_migrations)')
  client.close()
  t.throws(asLarge, /is damaged/)
})

t.test('pages that a log has still to write are no damage', async t => {
  writeFileSync(file, sound)
  const client = new Client(file)
  client.pragma('journal_mode = WAL')
  client.exec('create table more (id text primary key, text text); insert into more values (1, hex(randomblob(9000)))')
  const copy = join(folder, 'copy.db')
  for (const rest of ['', '-wal']) writeFileSync(`${copy}${rest}`, readFileSync(`${file}${rest}`))
  client.close()
  t.doesNotThrow(() => examineSqlite(copy, false, undefined, 0))
})

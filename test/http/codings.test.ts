import { buffer } from 'node:stream/consumers'
import t from 'tap'
import {
  type Coding,
  codedTag,
  codingFor,
  compressed,
  compressedWell,
  compressor,
  isTagOf,
  lastingCodingFor,
} from '../../src/http/codings.ts'
import { decoded } from '../decoded.ts'

const codings: Coding[] = ['zstd', 'br', 'gzip']
const of = (coding: Coding, rawPayload: Buffer) =>
  decoded({ headers: { 'content-encoding': coding }, rawPayload }).toString()

t.test('the coding is the one the client likes best; among equals the one that costs the server least', async t => {
  const cases: Record<string, Coding | undefined> = {
    'gzip, deflate, br, zstd': 'zstd',
    'gzip, deflate, br': 'br',
    'gzip, deflate': 'gzip',
    gzip: 'gzip',
    'gzip;q=1.0, br;q=0.5': 'gzip',
    'br;q=0.8, gzip;q=0.8': 'br',
    'gzip;q=0': undefined,
    'gzip;q=0, br': 'br',
    'identity;q=1, gzip;q=0.5': undefined,
    identity: undefined,
    deflate: undefined,
    '': undefined,
    '*': 'zstd',
    [`gzip-${'x'.repeat(8_000)}`]: undefined,
    ',;q=,;;==': undefined,
  }
  for (const [accepted, coding] of Object.entries(cases)) t.equal(codingFor(accepted), coding, accepted.slice(0, 50))
  t.equal(codingFor(undefined), undefined)
  t.equal(lastingCodingFor('gzip, deflate, br, zstd'), 'br', 'what is compressed once is as small as can be')
})

t.test('only what is small is compressed at once, on this thread', async t => {
  const [small, large] = ['small '.repeat(500), 'large '.repeat(50_000)]
  for (const coding of codings) {
    const atOnce = compressed(Buffer.from(small), coding)
    if (!Buffer.isBuffer(atOnce)) return t.fail('a small one was not')
    t.equal(of(coding, atOnce), small)
    const elsewhere = compressed(Buffer.from(large), coding)
    t.notOk(Buffer.isBuffer(elsewhere))
    t.equal(of(coding, await elsewhere), large)
    t.equal(of(coding, await compressedWell(Buffer.from(small), coding)), small)
    const stream = compressor(coding)
    stream.end(large)
    t.equal(of(coding, await buffer(stream)), large)
  }
})

t.test('a strong ETag is another in each coding, and a weak one is the same', async t => {
  t.equal(codedTag('"3-abc"', 'gzip'), '"3-abc-gzip"')
  t.equal(codedTag('W/"abc"', 'gzip'), 'W/"abc"')
  for (const tag of ['"abc"', '"abc-zstd"', '"abc-br"', '"abc-gzip"']) t.ok(isTagOf(tag, '"abc"'), tag)
  for (const tag of ['"abcd"', '"abc-deflate"', '"abd-gzip"', 'abc', '"abc-gzip-gzip"'])
    t.notOk(isTagOf(tag, '"abc"'), tag)
})

import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import t from 'tap'
import { avatarMaker } from '../../src/profile/avatars.ts'
import { chunk, png, quarters, segment, testPicture, webp } from '../pictures.ts'

const makeFor = avatarMaker()
let owners = 0
/** For somebody new each time. */
const make = (file: Buffer) => makeFor(file, { network: `network ${++owners}`, account: `account ${owners}` })

t.test('whatever a picture was, its avatar is 512 x 512 webp', async t => {
  const pictures: Record<string, Buffer> = {
    jpeg: await testPicture().jpeg().toBuffer(),
    'progressive jpeg': await testPicture(600, 400).jpeg({ progressive: true }).toBuffer(),
    'jpeg in CMYK': await testPicture().toColourspace('cmyk').jpeg().toBuffer(),
    'jpeg with restart markers': await testPicture().jpeg({ mozjpeg: true }).toBuffer(),
    png: await testPicture().png().toBuffer(),
    'interlaced png': await testPicture().png({ progressive: true }).toBuffer(),
    'png with a palette': await testPicture().png({ palette: true }).toBuffer(),
    'png of 16 bits': await testPicture().toColourspace('rgb16').png().toBuffer(),
    webp: await testPicture().webp().toBuffer(),
    'lossless webp': await testPicture().webp({ lossless: true }).toBuffer(),
    'webp with transparency': await testPicture().ensureAlpha(0.5).webp().toBuffer(),
    'ten times as wide as high': await testPicture(640, 64).png().toBuffer(),
    'ten times as high as wide': await testPicture(64, 640).png().toBuffer(),
  }
  for (const [what, picture] of Object.entries(pictures)) {
    const { bytes, digest } = await make(picture)
    const { width, height, format } = await sharp(bytes).metadata()
    t.strictSame({ width, height, format }, { width: 512, height: 512, format: 'webp' }, what)
    t.match(digest, /^[\w-]{43}$/)
    t.equal(await quarters(bytes), 'rgrb', what)
  }
})

t.test('shades of grey, and a single pixel, are pictures too', async t => {
  for (const picture of [
    await testPicture().greyscale().jpeg().toBuffer(),
    await testPicture().greyscale().png().toBuffer(),
    await testPicture(1, 1).png().toBuffer(),
  ])
    t.match(await sharp((await make(picture)).bytes).metadata(), { width: 512, height: 512 })
})

t.test('the same file always has the same digest, another one another', async t => {
  const picture = await testPicture().png().toBuffer()
  const [first, again] = [await make(picture), await make(picture)]
  t.strictSame(again, first)
  t.not((await make(await testPicture().greyscale().png().toBuffer())).digest, first.digest)
})

t.test('an avatar stands upright, whichever way the camera was held', async t => {
  // The quarters after rotation, by EXIF orientation.
  const turned = { 1: 'rgrb', 2: 'grbr', 3: 'brgr', 4: 'rbrg', 5: 'rrgb', 6: 'rrbg', 7: 'bgrr', 8: 'gbrr' }
  for (const [orientation, expected] of Object.entries(turned)) {
    for (const format of ['jpeg', 'png', 'webp'] as const) {
      const picture = testPicture(160, 120).withMetadata({ orientation: Number(orientation) })
      t.equal(await quarters((await make(await picture[format]().toBuffer())).bytes), expected, format + orientation)
    }
  }
})

t.test('nothing that a camera or a program wrote into a picture is left', async t => {
  const told = () =>
    testPicture()
      .withIccProfile('p3')
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><secret>canary4711</secret></x:xmpmeta>')
      .withExif({
        IFD0: { Copyright: 'canary4711', Make: 'canary4711' },
        IFD3: {
          GPSLatitudeRef: 'N',
          GPSLatitude: '51/1 30/1 3230/100',
          GPSLongitudeRef: 'W',
          GPSLongitude: '0/1 7/1 4366/100',
        },
      })
  const jpeg = await told().jpeg().toBuffer()
  const plain = await testPicture().png().toBuffer()
  const comment = segment(0xfe, Buffer.from('canary4711'))
  const pictures = [
    jpeg,
    await told().png().toBuffer(),
    await told().webp().toBuffer(),
    // Any number of `ff` may precede a marker.
    Buffer.concat([jpeg.subarray(0, 2), comment, Buffer.from([0xff, 0xff]), jpeg.subarray(2)]),
    Buffer.concat([plain.subarray(0, 33), chunk('tEXt', Buffer.from('Comment\0canary4711')), plain.subarray(33)]),
  ]
  for (const picture of pictures) {
    t.ok(picture.includes('canary4711'))
    const { bytes } = await make(picture)
    const { exif, icc, xmp, iptc, orientation } = await sharp(bytes).metadata()
    t.strictSame([exif, icc, xmp, iptc, orientation], Array(5).fill(undefined))
    t.notMatch(bytes.toString('latin1'), /canary4711|EXIF|ICCP|XMP /)
    t.strictSame(await quarters(bytes), 'rgrb')
  }
})

t.test('an empty chunk of another program is no reason to refuse a picture', async t => {
  const still = await testPicture().webp().toBuffer()
  const frame = still.subarray(20, 20 + still.readUInt32LE(16))
  t.equal(await quarters((await make(webp(['VP8 ', frame], ['ABCD', Buffer.from('odd')]))).bytes), 'rgrb')
})

t.test('a small file that unpacks to gigabytes is never unpacked', async t => {
  const text = Buffer.concat([Buffer.from('Comment\0\0'), deflateSync(Buffer.alloc(8_000_000))])
  const chunks = Array.from({ length: 100 }, () => chunk('zTXt', text))
  const before = process.memoryUsage().rss
  await t.rejects(make(png(8_000, 5_000, { chunks })), { code: 'invalid_image' })
  t.ok(process.memoryUsage().rss - before < 200e6)
})

t.test('sixteen pictures are taken at a time; one more is asked to come again', async t => {
  const picture = await testPicture().png().toBuffer()
  const sent = await Promise.allSettled(Array.from({ length: 17 }, () => make(picture)))
  t.strictSame(
    sent.map(({ status }) => status),
    [...Array(16).fill('fulfilled'), 'rejected'],
  )
  t.match(sent.at(-1), { reason: { code: 'too_busy', facts: { retryAfterMs: 2_000 } } })
  t.ok(await make(picture), 'and then is taken')
})

t.test("one account's pictures keep nobody else's waiting, and a network's not another's", async t => {
  const picture = await testPicture().png().toBuffer()
  const order: string[] = []
  const upload = (network: string, account: string) =>
    makeFor(picture, { network, account }).then(
      () => void order.push(account),
      ({ code }) => void order.push(`${account} ${code}`),
    )
  const hostile = Array.from({ length: 20 }, () => upload('hostile', 'one'))
  const farm = Array.from({ length: 20 }, (_, i) => upload('hostile', `farm ${i}`))
  await Promise.all([...hostile, ...farm, upload('home', 'maya')])
  t.equal(order.filter(name => name === 'one').length, 4)
  t.equal(order.filter(name => name === 'one too_busy').length, 16)
  t.ok(order.includes('maya'), 'although the queue was full')
  const made = order.filter(name => !name.endsWith('too_busy'))
  t.ok(made.indexOf('maya') <= 2, 'and nearly at once')
})

t.test('a picture that is refused holds nobody up', async t => {
  const damaged = png(64, 64)
  const picture = await testPicture().png().toBuffer()
  const sent = await Promise.allSettled([make(damaged), make(picture), make(Buffer.alloc(9)), make(picture)])
  t.strictSame(
    sent.map(({ status }) => status),
    ['rejected', 'fulfilled', 'rejected', 'fulfilled'],
  )
})

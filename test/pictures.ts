import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'

/** Ordinary pictures, and malicious ones. */

/** A picture whose left half is red, upper right green and lower right blue: it shows the orientation. */
export function testPicture(width = 64, height = 64) {
  const pixels = Buffer.alloc(width * height * 3)
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)]
    pixels[i * 3 + (x < width / 2 ? 0 : y < height / 2 ? 1 : 2)] = 255
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
}

/** The colour in the middle of each quarter of a picture, as `r`, `g` or `b`: upper left, upper right, lower ones. */
export async function quarters(picture: Buffer): Promise<string> {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const at = (x: number, y: number) => {
    const from = (Math.floor(info.height * y) * info.width + Math.floor(info.width * x)) * 3
    const pixel = [...data.subarray(from, from + 3)]
    return 'rgb'[pixel.indexOf(Math.max(...pixel))]
  }
  return [at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)].join('')
}

/** A PNG chunk with its checksum. */
export function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length, 0)
  body.copy(out, 4)
  out.writeUInt32BE(crc32(body), body.length + 4)
  return out
}

/** A PNG with an arbitrary header. */
export function png(
  width: number,
  height: number,
  { depth = 8, colour = 2, interlaced = 0, chunks = [] as Buffer[], data = deflateSync(Buffer.alloc(4_000)) } = {},
): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, depth, colour, 0, 0, interlaced])
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...chunks,
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A JPEG segment. */
export function segment(marker: number, data: Uint8Array): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(data.length + 2, 2)
  return Buffer.concat([head, data])
}

/** A RIFF file of chunks. */
export function webp(...chunks: [name: string, data: Uint8Array][]): Buffer {
  const bodies = chunks.map(([name, data]) => {
    const head = Buffer.alloc(8)
    head.write(name, 'latin1')
    head.writeUInt32LE(data.length, 4)
    return Buffer.concat([head, data, Buffer.alloc(data.length % 2)])
  })
  const body = Buffer.concat([Buffer.from('WEBP'), ...bodies])
  const head = Buffer.from('RIFF\0\0\0\0')
  head.writeUInt32LE(body.length, 4)
  return Buffer.concat([head, body])
}

/** The data of a simple WebP's only chunk. */
const frameOf = (file: Buffer) => file.subarray(20, 20 + file.readUInt32LE(16))

const spliced = (file: Buffer, at: number, what: Uint8Array, instead = 0) =>
  Buffer.concat([file.subarray(0, at), what, file.subarray(at + instead)])

/** A file with some of its bytes replaced. */
const patched = (file: Buffer, at: number, ...bytes: number[]) => spliced(file, at, Buffer.from(bytes), bytes.length)

const littleEndian = (number: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(number)
  return bytes
}

/** Files that must be refused: by their declared type, then by their content. */
export async function hostilePictures(): Promise<Record<string, Record<string, Buffer>>> {
  const jpeg = await testPicture().jpeg().toBuffer()
  const progressive = await testPicture().jpeg({ progressive: true }).toBuffer()
  const plain = await testPicture().png().toBuffer()
  const still = await testPicture().webp().toBuffer()
  const lossless = await testPicture().webp({ lossless: true }).toBuffer()
  const frames = testPicture(64, 128).resize(64, 128)
  const moving = await sharp(await frames.raw().toBuffer(), {
    raw: { width: 64, height: 128, channels: 3, pageHeight: 64 },
  })
    .webp({ loop: 0, delay: [100, 100] })
    .toBuffer()
  const script = Buffer.from('<script>alert(1)</script>')
  const zip = Buffer.from('PK\x05\x06'.padEnd(22, '\0'), 'latin1')
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]))
  const scan = progressive.lastIndexOf(Buffer.from([0xff, 0xda]))
  const lastScan = progressive.subarray(scan, -2)
  const size = (width: number, height: number) => [height >> 8, height & 255, width >> 8, width & 255]
  const sized = (file: Buffer, width: number, height: number) =>
    patched(file, file.indexOf(Buffer.from([0xff, file === jpeg ? 0xc0 : 0xc2])) + 5, ...size(width, height))

  return {
    'must be JPEG, PNG or WebP': {
      'no bytes at all': Buffer.alloc(0),
      'a text that is called .png': Buffer.from('This is no picture, whatever its name says.'),
      'a page': Buffer.from('<!doctype html><script>alert(1)</script>'),
      'an SVG with a script': Buffer.from(
        `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">${script}</svg>`,
      ),
      'an SVG that reads a file': Buffer.from(
        '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>',
      ),
      'a GIF': await testPicture().gif().toBuffer(),
      'a GIF that is a script': Buffer.from('GIF89a/*\0\0\0\0*/=1;alert(1)'),
      'a TIFF': await testPicture().tiff().toBuffer(),
      'an AVIF': await testPicture().avif({ effort: 0 }).toBuffer(),
      'a PDF': Buffer.from('%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj'),
      'a program': Buffer.from('\x7fELF\x02\x01\x01'.padEnd(200, '\0'), 'latin1'),
      'random bytes': Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * i * 31 + i * 7) & 255)),
    },
    'at most 40 megapixels': {
      'a PNG of 2^31 by 2^31': png(2 ** 31 - 1, 2 ** 31 - 1),
      'a PNG of 60 000 by 60 000': png(60_000, 60_000),
      'a PNG one pixel over 40 megapixels': png(8_000, 5_001),
      'a JPEG of 65 500 by 65 500': sized(jpeg, 65_500, 65_500),
      'a WebP of 16 383 by 16 383': webp(['VP8 ', patched(frameOf(still), 6, 0xff, 0x3f, 0xff, 0x3f)]),
    },
    'no pixels': {
      'a PNG without a pixel': png(0, 0),
      'a JPEG without a height': sized(jpeg, 64, 0),
    },
    'at most 10000 pixels': {
      'a PNG of 10 001 by 2 000': png(10_001, 2_000),
      'a PNG of 1 by 50 000': await sharp({ create: { width: 1, height: 50_000, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    },
    'at most 10:1': {
      'a PNG of 10 by 101': png(10, 101),
      'a JPEG of 1 by 10 000 that lies on its side': await sharp({
        create: { width: 1, height: 10_000, channels: 3, background: 'red' },
      })
        .withMetadata({ orientation: 6 })
        .jpeg()
        .toBuffer(),
    },
    'too large for an interlaced': {
      'a PNG that is held as a whole': png(5_000, 5_000, { interlaced: 1, depth: 16, colour: 6 }),
      'a progressive JPEG that is held as a whole': sized(progressive, 6_000, 6_000),
      'a lossless WebP that is held as a whole': webp([
        'VP8L',
        patched(frameOf(lossless), 1, ...littleEndian(4_999 | (4_999 << 14))),
      ]),
    },
    'too many scans': {
      'a JPEG of a thousand scans': Buffer.concat([progressive.subarray(0, scan), ...Array(1_000).fill(lastScan)]),
    },
    truncated: {
      'three bytes': Buffer.from([0xff, 0xd8, 0xff]),
      'a PNG that ends in the middle': plain.subarray(0, plain.length / 2),
      'a PNG without an end': plain.subarray(0, -12),
      'a PNG with a chunk longer than the file': patched(plain, 33, 0x7f, 0xff, 0xff, 0xff),
      'a JPEG that ends in the middle': jpeg.subarray(0, jpeg.length / 2),
      'a JPEG without an end': jpeg.subarray(0, -2),
      'a JPEG that ends in a marker': jpeg.subarray(0, -1),
      'a JPEG that ends before its pixels': Buffer.concat([jpeg.subarray(0, frame), Buffer.from([0xff, 0xd9])]),
      'a WebP that ends in the middle': still.subarray(0, still.length / 2),
      'a WebP without a frame': webp(['VP8X', Buffer.alloc(10)]),
      'a WebP with a chunk longer than the file': webp(['EXIF', Buffer.alloc(9)]).fill(0x7f, 16, 19),
    },
    damaged: {
      'a PNG whose pixels end too early': png(64, 64),
      'a PNG whose pixels cannot be unpacked': png(64, 64, { data: Buffer.from('no deflate stream') }),
      'a PNG with a wrong checksum': patched(plain, plain.length - 20, (plain.at(-20) as number) ^ 1),
      'a PNG of a colour type that is none': png(64, 64, { colour: 7, interlaced: 1 }),
      'a JPEG that ends in the middle and says that it is complete': Buffer.concat([
        jpeg.subarray(0, jpeg.length - 20),
        Buffer.from([0xff, 0xd9]),
      ]),
      'a JPEG with a stray marker': spliced(jpeg, 2, Buffer.from([0xff, 0x01])),
      'a JPEG with bytes between its segments': spliced(jpeg, 20, Buffer.from([0])),
      'a JPEG with two components of four': patched(jpeg, frame + 9, 2),
      'a WebP with two frames': webp(['VP8 ', frameOf(still)], ['VP8L', frameOf(lossless)]),
      'a WebP of nothing but zeros': webp(['VP8 ', patched(Buffer.alloc(200), 6, 64, 0, 64, 0)]),
      'a WebP whose frame is cut off': webp(['VP8 ', frameOf(still).subarray(0, 40)]),
    },
    'kind of JPEG is not supported': {
      'a JPEG with two frames': spliced(jpeg, frame, jpeg.subarray(frame, frame + 19)),
      'a JPEG with arithmetic coding': patched(jpeg, frame + 1, 0xc9),
    },
    'Animated pictures are not supported': {
      'a PNG that moves': png(64, 64, { chunks: [chunk('acTL', Buffer.alloc(8))] }),
      'a WebP that moves': moving,
    },
    'data after the end': {
      'a PNG that goes on as a page': Buffer.concat([plain, script]),
      'a PNG that goes on as an archive': Buffer.concat([plain, zip]),
      'a JPEG that goes on as an archive': Buffer.concat([jpeg, zip]),
      'a WebP that says it is shorter': patched(still, 4, 20, 0, 0, 0),
      'a WebP that goes on as a page': Buffer.concat([still, script]),
    },
    'contains markup, code or another file': {
      'a PNG with a program in a text': spliced(
        plain,
        33,
        chunk('tEXt', Buffer.from('Comment\0<?php system($_GET[0]);')),
      ),
      'a JPEG that is an archive up to its last byte': spliced(jpeg, jpeg.length - 2, segment(0xfe, zip)),
      'a JPEG with a page in a comment': spliced(jpeg, 2, segment(0xfe, Buffer.from('<HTML><body onload=alert(1)>'))),
      'a JPEG that is a PDF': spliced(jpeg, 2, segment(0xfe, Buffer.from('%PDF-1.7'))),
      'a WebP with a program in its metadata': webp(
        ['VP8 ', frameOf(still)],
        ['XMP ', Buffer.from('<?php phpinfo();')],
      ),
    },
  }
}

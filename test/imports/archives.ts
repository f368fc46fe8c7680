import { crc32, deflateRawSync } from 'node:zlib'

interface Member {
  name: string
  content: Buffer | string
  /** Stored as it is instead of deflated. */
  stored?: boolean
  /** With the sizes behind the content, as who writes a stream does; 64 bits wide for `long`, without a signature for `bare`. */
  descriptor?: 'short' | 'long' | 'bare'
  /** With the sizes in the header though they are behind the content, too. */
  sized?: boolean
  /** With the sizes in an extra field, behind another one. */
  zip64?: boolean
  encrypted?: boolean
  /** Instead of the right one. */
  checksum?: number
  method?: number
}

/** A ZIP archive, written by hand: libraries write no broken ones. */
export function archive(...members: Member[]): Buffer {
  const parts = members.map(
    ({ name, content, stored = false, descriptor, checksum, method = stored ? 0 : 8, ...flags }) => {
      const plain = Buffer.from(content)
      const data = stored ? plain : deflateRawSync(plain)
      const crc = checksum ?? crc32(plain)
      const header = Buffer.alloc(30)
      header.writeUInt32LE(0x04034b50, 0)
      header.writeUInt16LE(20, 4)
      header.writeUInt16LE((flags.encrypted ? 1 : 0) | (descriptor ? 8 : 0), 6)
      header.writeUInt16LE(method, 8)
      if (!descriptor) header.writeUInt32LE(crc, 14)
      if (!descriptor || flags.sized) {
        header.writeUInt32LE(flags.zip64 ? 0xffffffff : data.length, 18)
        header.writeUInt32LE(flags.zip64 ? 0xffffffff : plain.length, 22)
      }
      const extra = Buffer.alloc(flags.zip64 ? 26 : 0)
      if (flags.zip64) {
        // Six bytes of another kind, then the expanded size and the compressed one.
        extra.writeUInt16LE(0x7075, 0)
        extra.writeUInt16LE(2, 2)
        extra.writeUInt16LE(1, 6)
        extra.writeUInt16LE(16, 8)
        extra.writeBigUInt64LE(BigInt(plain.length), 10)
        extra.writeBigUInt64LE(BigInt(data.length), 18)
      }
      header.writeUInt16LE(Buffer.byteLength(name), 26)
      header.writeUInt16LE(extra.length, 28)
      return Buffer.concat([header, Buffer.from(name), extra, data, behind(descriptor, crc, data.length, plain.length)])
    },
  )
  const directory = Buffer.alloc(46)
  directory.writeUInt32LE(0x02014b50, 0)
  return Buffer.concat([...parts, directory])
}

function behind(descriptor: Member['descriptor'], crc: number, packed: number, size: number): Buffer {
  if (!descriptor) return Buffer.alloc(0)
  const sizes = Buffer.alloc(descriptor === 'long' ? 20 : 12)
  sizes.writeUInt32LE(crc, 0)
  if (descriptor === 'long') {
    sizes.writeBigUInt64LE(BigInt(packed), 4)
    sizes.writeBigUInt64LE(BigInt(size), 12)
  } else {
    sizes.writeUInt32LE(packed, 4)
    sizes.writeUInt32LE(size, 8)
  }
  return descriptor === 'bare' ? sizes : Buffer.concat([Buffer.from('PK\x07\x08', 'latin1'), sizes])
}

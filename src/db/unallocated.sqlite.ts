/** Bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  start: number
  end: number
}

/** The kinds of b-tree pages: interior and leaf pages of indexes and tables. */
const interiorKinds = new Set([0x02, 0x05])
const leafKinds = new Set([0x0a, 0x0d])

/**
 * The bytes of a b-tree page that no cell uses: the gap between the cell pointers and the cells, and the free blocks
 * between cells (https://www.sqlite.org/fileformat2.html#b_tree_pages). Empty for a page of another kind, and for an
 * inconsistent one. Not for the first page of a file, which begins with the file header.
 */
export function unallocatedRanges(page: Buffer): ByteRange[] {
  const kind = page[0] as number
  if (!interiorKinds.has(kind) && !leafKinds.has(kind)) return []
  const headerSize = interiorKinds.has(kind) ? 12 : 8
  const start = headerSize + 2 * page.readUInt16BE(3)
  // 0 stands for 65 536, which does not fit.
  const end = page.readUInt16BE(5) || 65_536
  if (start > end || end > page.length) return []
  return [{ start, end }, ...freeBlocks(page, end)]
}

/** The free blocks without their four bytes of header (the next block's offset and the size). */
function freeBlocks(page: Buffer, contentStart: number): ByteRange[] {
  const blocks: ByteRange[] = []
  let at = page.readUInt16BE(1)
  for (let last = contentStart; at >= last && at + 4 <= page.length; at = page.readUInt16BE(at)) {
    last = at + page.readUInt16BE(at + 2)
    if (last < at + 4 || last > page.length) break
    blocks.push({ start: at + 4, end: last })
  }
  return blocks
}

/** The unallocated ranges of a page that are not zero: remains of moved or deleted rows. */
export function remains(page: Buffer): ByteRange[] {
  return unallocatedRanges(page).filter(({ start, end }) => !isZero(page.subarray(start, end)))
}

const zeros = Buffer.alloc(65_536)

function isZero(bytes: Buffer): boolean {
  return bytes.equals(zeros.subarray(0, bytes.length))
}

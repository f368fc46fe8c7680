import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Pages that are looked at: a disk that turns reads them in two seconds. */
const samples = 256

/** The kinds of b-tree pages, and the size of the header of each (https://www.sqlite.org/fileformat2.html#b_tree_pages). */
const headerSizes = new Map([
  [0x02, 12],
  [0x05, 12],
  [0x0a, 8],
  [0x0d, 8],
])

interface FileHeader {
  pageSize: number
  /** Bytes of a page that are used. */
  usable: number
  pages: number
  /** Pages that nothing uses. */
  free: number
}

/**
 * Looks at some pages of a database file without a log beside it, each time at others: whether all of the pages are there,
 * and whether each is a page of a tree or of a chain. Takes the same time whatever the size of the file.
 * @returns what is wrong with it, if anything.
 */
export function findDamage(path: string, random: () => number = Math.random): string | undefined {
  const file = openSync(path, 'r')
  try {
    const header = readHeader(file)
    const { pageSize, pages } = header
    if (fstatSync(file).size < pages * pageSize) return `it has fewer than the ${pages} pages it should have`
    const page = Buffer.alloc(pageSize)
    for (let i = 0; i < samples; i++) {
      // The first one begins with the header, and was read as the schema; the last one is where a file is cut.
      const number = i === 0 ? pages : 2 + Math.floor(((i - random()) / samples) * (pages - 1))
      readSync(file, page, 0, pageSize, (number - 1) * pageSize)
      if (!isPlausible(page, number, header)) return `page ${number} is neither a b-tree page nor part of a chain`
    }
    return undefined
  } finally {
    closeSync(file)
  }
}

function readHeader(file: number): FileHeader {
  const header = Buffer.alloc(100)
  readSync(file, header, 0, header.length, 0)
  // 1 stands for 65 536, which does not fit.
  const size = header.readUInt16BE(16)
  const pageSize = size === 1 ? 65_536 : size
  const usable = pageSize - (header[20] as number)
  return { pageSize, usable, pages: header.readUInt32BE(28), free: header.readUInt32BE(36) }
}

function isPlausible(page: Buffer, number: number, header: FileHeader): boolean {
  return isTree(page, header) || isChain(page, number, header)
}

function isTree(page: Buffer, { usable, pages }: FileHeader): boolean {
  const headerSize = headerSizes.get(page[0] as number)
  if (headerSize === undefined) return false
  const cells = page.readUInt16BE(3)
  const contentStart = page.readUInt16BE(5) || 65_536
  const end = headerSize + 2 * cells
  if (end > contentStart || contentStart > usable) return false
  for (let at = headerSize; at < end; at += 2) {
    const cell = page.readUInt16BE(at)
    if (cell < contentStart || cell >= usable) return false
  }
  return headerSize === 8 || isPageNumber(page.readUInt32BE(8), pages)
}

/** The page of a long value, or a free one: it begins with the number of the next. Freed pages are zero. */
function isChain(page: Buffer, number: number, { pageSize, pages, free }: FileHeader): boolean {
  const next = page.readUInt32BE(0)
  if (next > 0) return isPageNumber(next, pages)
  // SQLite locks this byte, and uses no page that has it.
  const isLocked = number === 2 ** 30 / pageSize + 1
  return free > 0 || isLocked || page.some(byte => byte !== 0)
}

const isPageNumber = (number: number, pages: number) => number >= 2 && number <= pages

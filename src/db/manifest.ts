import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** The path of a file's manifest: one line in the format of `sha256sum`. */
export function manifestOf(file: string): string {
  return `${file}.sha256`
}

/** Writes the manifest of `file` from the current content of the file `content`. */
export async function writeManifest(file: string, content: string): Promise<void> {
  writeFileSync(manifestOf(file), `${await digestOf(content)}  ${basename(file)}\n`, { mode: 0o600, flag: 'wx' })
}

/**
 * Compares a file with the manifest beside it.
 * @returns false when there is none.
 * @throws {Error} when the file does not match the manifest.
 */
export async function verifyManifest(file: string): Promise<boolean> {
  if (!existsSync(manifestOf(file))) return false
  const [digest] = readFileSync(manifestOf(file), 'utf8').split(' ')
  if (digest !== (await digestOf(file))) {
    throw new Error(`${file} does not match its manifest ${manifestOf(file)}`)
  }
  return true
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

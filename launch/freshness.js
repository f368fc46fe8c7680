// @ts-check
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** The list of what a bundle was made of, beside it. */
export const manifestName = 'sources.json'

/**
 * The hash of files with their names.
 * @param {URL} root the folder that the names are relative to.
 * @param {readonly string[]} files
 * @returns {string} SHA-256, hex.
 * @throws {Error} when one of them is missing.
 */
export function hashOf(root, files) {
  const hash = createHash('sha256')
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(new URL(file, root)))
      .update('\0')
  return hash.digest('hex')
}

/**
 * True if a folder holds a bundle of the sources as they are now.
 * @param {URL} root
 * @param {URL} folder
 */
export function isFresh(root, folder) {
  try {
    const { files, hash } = JSON.parse(readFileSync(new URL(manifestName, folder), 'utf8'))
    return hashOf(root, files) === hash
  } catch {
    return false
  }
}

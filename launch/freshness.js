// @ts-check
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The list of what a build was made of, beside it; hidden, so that the app's is not served. */
export const manifestName = '.sources.json'

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
 * True if a folder holds a build of the sources as they are now.
 * @param {URL} root
 * @param {URL} folder
 * @param {readonly string[]} found sources that are known by their place, before those of the manifest.
 */
export function isFresh(root, folder, found = []) {
  try {
    const { files, hash } = JSON.parse(readFileSync(new URL(manifestName, folder), 'utf8'))
    return hashOf(root, [...found, ...files]) === hash
  } catch {
    return false
  }
}

/**
 * The sources of the app in `web/`, also those that are new since it was built.
 * @param {URL} root
 * @returns {string[]} relative to the root.
 */
export function webSources(root) {
  const found = globSync(['web/{src,public}/**/*.*', 'web/*.{html,json,ts}'], { cwd: fileURLToPath(root) })
  return found.map(file => file.replaceAll('\\', '/')).sort()
}

/**
 * The state of the built app: `fresh`, `stale` if its sources have changed since, or `missing`.
 * @param {URL} root
 */
export function webState(root) {
  const folder = new URL('web/dist/', root)
  if (isFresh(root, folder, webSources(root))) return 'fresh'
  return globSync('index.html', { cwd: fileURLToPath(folder) }).length > 0 ? 'stale' : 'missing'
}

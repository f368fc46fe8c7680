import { wipeFile } from './wipe.sqlite.ts'

/** What the process of `wipeInProcess` does. */
const [, , path = '', options = '{}'] = process.argv
process.send?.(await wipeFile(path, JSON.parse(options)))
process.disconnect()

import { notWiped, wipeFile } from './wipe.sqlite.ts'

/** The program of `wipeInProcess`. */
const [, , path = '', options = '{}'] = process.argv
process.send?.(await wipeFile(path, JSON.parse(options)).catch(notWiped))
process.disconnect()

import { readdirSync } from 'node:fs'
import { runFolders } from './in-one-process.ts'

/** The rules and helpers of each domain, most of them without a database. */
const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter(entry => entry.isDirectory())
const others = ['app', 'db', 'routes']
runFolders(...folders.map(({ name }) => name).filter(name => !others.includes(name)))

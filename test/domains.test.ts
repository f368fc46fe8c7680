import { runFolders } from './in-one-process.ts'

/** The rules and the helpers of each domain, most of them without a database. */
await runFolders('auth', 'mail', 'moods', 'oauth', 'profile', 'yoga')

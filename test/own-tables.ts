import { factsOf } from '../src/db/described.ts'
import { sqliteTables } from '../src/db/schema.sqlite.ts'
import { allTables } from '../src/db/schema.ts'

/** Tables of OAuth, whose removal with an account has tests of its own. */
const ofOAuth = 'identities userIdentities oauthStates handoverCodes'.split(' ')

/** Deleted by their names, which are their keys. */
const byName = ['usernames', 'emails']

/** The tables that hold something of an account, but for those of OAuth; sorted. */
export const ownTables: readonly string[] = allTables(sqliteTables)
  .flatMap(([name, table]) => {
    const { erased } = factsOf(table)
    const isOtherwise = typeof erased === 'object' && 'otherwise' in erased
    return isOtherwise && !byName.includes(name) ? [] : [name]
  })
  .filter(name => !ofOAuth.includes(name))
  .sort()

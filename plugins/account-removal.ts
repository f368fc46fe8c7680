import fp from 'fastify-plugin'
import { type Standing, standingStore } from '../src/administration/standings.ts'
import type { BoundWrite, Wiping } from '../src/db/database.ts'
import type { UserId } from '../src/ids.ts'
import { identityStore, type Names } from '../src/users/identity-store.ts'
import { sequenceStore } from '../src/yoga/sequence-store.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * The writes that remove an account and all that is its owner's: what hangs on the user goes with the user, what is
     * found without the user (names, published sequences) goes by these. Nothing happens when the names or the standing are
     * no longer these, nor to the last admin.
     */
    accountRemovalWrites(id: UserId, person: Names & Standing): BoundWrite<unknown>[]
    /** Runs what deletes an account, and wipes what it leaves in the files of the database. The log says how that went. */
    erasing<T>(work: () => Promise<T>): Promise<T>
    /** Says in the log how wiping went. */
    logWiping(wiping: Wiping): void
  }
}

export default fp(
  async app => {
    const identities = identityStore(app.database)
    const sequences = sequenceStore(app.database)
    const standings = standingStore(app.database)
    app.decorate('accountRemovalWrites', (id, person) => [
      ...standings.leavingWrites(id, person, app.now()),
      ...identities.removalWrites(id, person),
      sequences.unpublishAllWrite(id),
    ])
    app.decorate('logWiping', wiping => {
      if (wiping.complete) app.log.info(wiping, 'nothing that was deleted before is left in the database files')
      else app.log.warn(wiping, 'a reader kept what was deleted from being wiped; the next attempt is in ten minutes')
    })
    app.decorate('erasing', work => app.database.erasing(work, app.logWiping))
  },
  { name: 'account-removal', dependencies: ['clock', 'db'] },
)

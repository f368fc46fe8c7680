import fp from 'fastify-plugin'
import { type AccountStatus, accountStatusStore } from '../src/administration/account-status.ts'
import type { BoundWrite, Wiping } from '../src/db/database.ts'
import { erasureStore } from '../src/db/erasure.ts'
import type { UserId } from '../src/ids.ts'
import { identityStore, type Names } from '../src/users/identity-store.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * The writes that delete an account: from then on nobody finds it, and `eraseAccount` deletes its rows. Nothing
     * happens when the names or the status have changed, nor to the last admin.
     */
    accountRemovalWrites(id: UserId, person: Names & AccountStatus): BoundWrite<unknown>[]
    /**
     * Deletes an account: by the batch that decides it, then its rows, then what these leave in the database files. The
     * log has the result.
     * @param decide writes `accountRemovalWrites`; throws where nothing is to be deleted.
     */
    eraseAccount(id: UserId, decide: () => Promise<unknown>): Promise<void>
    /** Logs the result of wiping. */
    logWiping(wiping: Wiping): void
  }
}

export default fp(
  async app => {
    const identities = identityStore(app.database)
    const erasure = erasureStore(app.database)
    const accountStatuses = accountStatusStore(app.database)
    app.decorate('accountRemovalWrites', (id, person) => [
      ...accountStatuses.leavingWrites(id, person, app.now()),
      ...identities.removalWrites(id, person, app.now()),
      ...erasure.erasureWrites(id),
    ])
    app.decorate('logWiping', wiping => {
      if (wiping.complete) app.log.info(wiping, 'deleted data has been wiped from the database files')
      else if (wiping.reason === undefined)
        app.log.warn(wiping, 'a reader blocked the wiping of deleted data; retrying in ten minutes')
      else app.log.warn(wiping, 'deleted data could not be wiped from the database files; retrying in ten minutes')
    })
    app.decorate('eraseAccount', (id, decide) =>
      app.database.erasing(async () => {
        await decide()
        await erasure.eraseRows(app.commitUnguarded, id)
      }, app.logWiping),
    )
  },
  { name: 'account-removal', dependencies: ['clock', 'db'] },
)

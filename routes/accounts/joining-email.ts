import type { FastifyInstance } from 'fastify'
import { codeLink, oneTimeCodeStore } from '../../src/auth/one-time-codes.ts'
import { must } from '../../src/db/database.ts'
import type { UserId } from '../../src/ids.ts'
import { addressTakenMessage, verificationMessage } from '../../src/mail/messages.ts'
import { identityStore } from '../../src/users/identity-store.ts'
import { userStore } from '../../src/users/users.ts'

/**
 * With `HIDE_ACCOUNTS`, an address joins an account when the link sent to it is confirmed. Before the answer nothing is
 * looked up, so neither its content nor its time tells whether the address has an account; only its owner learns that.
 */
export function emailJoining(app: FastifyInstance, appUrl: string) {
  const codes = oneTimeCodeStore(app.database)
  const identities = identityStore(app.database)
  const users = userStore(app.database)

  return {
    /**
     * The writes that let an address join an account, replacing other pending ones, and the message to send after them.
     * @param at now, epoch ms.
     */
    begin(user: UserId, address: string, at: number) {
      const { code, writes } = codes.issueToJoin(user, address, at)
      const joining = { to: address, write: async () => verificationMessage(codeLink(appUrl, 'join_email', code), at) }
      const draft = async () => {
        const owner = await users.findLogin(address)
        if (owner?.email) return taken(owner.id, owner.email, at)
        // Of a disabled account.
        return (await identities.isEmailTaken(address)) ? undefined : joining
      }
      return { writes, draft }
    },
  }

  /** To the owner of an address that somebody else wanted: whoever has forgotten that they signed up can get back in. */
  function taken(owner: UserId, to: string, at: number) {
    const write = async () => {
      const { code, writes } = codes.issue(owner, 'reset_password', to, at)
      if (!(await app.commitUnguarded([must(users.standingWrite(owner)), ...writes]))) return undefined
      return addressTakenMessage(codeLink(appUrl, 'reset_password', code), at)
    }
    return { to, write }
  }
}

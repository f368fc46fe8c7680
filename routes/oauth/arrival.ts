import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { signUpGate } from '../../src/auth/invitations.ts'
import { addressOf, type Principal } from '../../src/auth/principal.ts'
import type { SignupRole } from '../../src/config.ts'
import { type BoundWrite, Conflict, must } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import type { UserId } from '../../src/ids.ts'
import { identityLinkedMessage } from '../../src/mail/messages.ts'
import { linkStore, maxIdentities } from '../../src/oauth/links.ts'
import type { Person } from '../../src/oauth/provider.ts'
import { identityStore } from '../../src/users/identity-store.ts'
import { usernamesFrom } from '../../src/users/username-from.ts'
import { userStore } from '../../src/users/users.ts'

/** Completes the sign-in together with its guards; throws when they no longer hold. */
export type Enter = (
  user: UserId,
  kind: 'signed_up' | 'signed_in',
  before: readonly BoundWrite<unknown>[],
) => Promise<unknown>

/**
 * Signs in a person whom a provider has identified (docs/decisions/oauth.md): into their account, by issuer and subject
 * alone, or a new one. An e-mail address never leads into an existing account.
 * @param role of new accounts.
 * @param gate decides who may have one.
 */
export function arrivals(
  { database, mail, now }: FastifyInstance,
  role: SignupRole,
  gate: ReturnType<typeof signUpGate>,
) {
  const users = userStore(database)
  const identities = identityStore(database)
  const links = linkStore(database)

  /**
   * The writes that create an account for a person.
   * @param email taken over from the provider.
   */
  function newAccount(provider: string, person: Person, username: string, email: string | null) {
    const at = now()
    const { firstName, lastName } = person
    const user = users.create({ username, email, firstName, lastName, role, timezone: null, passwordHash: null }, at)
    const proof = email === null ? [] : [identities.emailVerificationWrite(user.id, email, at)]
    return { id: user.id, writes: [...user.writes, ...links.linking(user.id, provider, person, at).writes, ...proof] }
  }

  async function signUp(provider: string, person: Person, invitation: string | null, enter: Enter): Promise<unknown> {
    const admission = await gate.admissionWrites(invitation, now())
    const { email: address } = person
    // An address that an account has, verified or not, stays with it and identifies no one.
    const free = person.emailVerified && address !== null && !(await identities.isEmailTaken(address))
    const email = free ? address : null
    for (const username of usernamesFrom([person.nickname, person.firstName, person.email])) {
      if (await identities.isUsernameTaken(username)) continue
      const account = newAccount(provider, person, username, email)
      try {
        return await enter(account.id, 'signed_up', [...admission, ...account.writes])
      } catch (error) {
        if (!(error instanceof Conflict)) return gate.explain(error)
        // Another request was faster: it created the account, or took the address.
        if (error.table === 'identities') return signIn(provider, person, invitation, enter)
        if (error.table === 'emails') return signUp(provider, { ...person, emailVerified: false }, invitation, enter)
      }
    }
    throw new ApiError('username_taken')
  }

  async function signIn(provider: string, person: Person, invitation: string | null, enter: Enter): Promise<unknown> {
    const owner = await links.owner(person)
    if (owner === undefined) return signUp(provider, person, invitation, enter)
    return enter(owner, 'signed_in', [must(users.standingWrite(owner)), must(links.useWrite(owner, person))])
  }

  return {
    /**
     * Signs a person in, or up.
     * @param invitation the hash of one, which only a new account needs.
     * @throws {ApiError} `invalid_credentials` for a disabled account, `sign_up_closed`.
     */
    signIn,

    /**
     * Links a person to the account of the signed-in user.
     * @throws {ApiError} `identity_taken`, `too_many_identities`.
     */
    async link(
      request: FastifyRequest,
      provider: string,
      person: Person,
      { user, settings }: Pick<Principal, 'user' | 'settings'>,
    ) {
      const owner = await links.owner(person)
      if (owner === user.id) return
      if (owner !== undefined) throw new ApiError('identity_taken')
      const linking = links.linking(user.id, provider, person, now())
      const events = request.eventWrites(user.id, 'identity_linked', { actor: user.id, target: linking.id })
      const guard = links.atMostWrite(user.id, maxIdentities - 1)
      const linked = await request.commit([guard, ...linking.writes, ...events]).catch(error => {
        if (error instanceof Conflict) throw new ApiError('identity_taken')
        throw error
      })
      if (!linked) throw new ApiError('too_many_identities')
      mail.notify(addressOf({ user, settings }), identityLinkedMessage(now()))
    },
  }
}

import { parseArgs } from 'node:util'
import { accountStatusStore } from '../administration/account-status.ts'
import { adminAuditStore } from '../administration/admin-audit.ts'
import { eventStore } from '../audit/events.ts'
import { invitationStore } from '../auth/invitations.ts'
import { codeLink, oneTimeCodeStore } from '../auth/one-time-codes.ts'
import { type Config, readConfig } from '../config.ts'
import type { WritableDatabase } from '../db/database.ts'
import { openUpgraded } from '../upgrades/open-upgraded.ts'
import { identityStore } from '../users/identity-store.ts'
import { explainTaken } from '../users/taken-name.ts'
import { isUsername, userStore } from '../users/users.ts'
import { roles } from '../vocabulary.ts'

/** Commands that need no permission but access to the server. */

interface Command {
  /** Its arguments, as the usage names them. */
  takes: readonly string[]
  does: string
  /**
   * @returns the message to the operator.
   * @throws {Error} with the reason of a failure.
   */
  run(database: WritableDatabase, config: Config, ...args: string[]): Promise<string>
}

const commands: Record<string, Command> = {
  'reset-password': {
    takes: ['<username or e-mail>'],
    does: 'prints a link to set a new password (works once, for 30 minutes)',
    run: resetPassword,
  },
  invite: {
    takes: [],
    does: 'prints an invitation to make one account, within seven days (SIGNUP=invite)',
    run: invite,
  },
  create: {
    takes: ['<username>', `<${roles.join(' | ')}>`],
    does: 'makes an account, and prints a link that sets its password, once, within half an hour',
    run: create,
  },
  grant: {
    takes: ['<username or e-mail>', `<${roles.join(' | ')}>`],
    does: 'changes the role of a user; use it to make the first admin',
    run: grant,
  },
}

async function resetPassword(database: WritableDatabase, { appUrl }: Config, name: string): Promise<string> {
  const user = await userStore(database).findLogin(name)
  if (!user) throw new Error('no such account')
  const { code, expiresAt, writes } = oneTimeCodeStore(database).issue(user.id, 'reset_password', null, Date.now())
  await database.atomic(writes)
  return `Anyone with this link can set a new password, once, until ${expiresAt.toISOString()}:

  ${codeLink(appUrl, 'reset_password', code)}
`
}

async function invite(database: WritableDatabase): Promise<string> {
  const { code, expiresAt, write } = invitationStore(database).issue(Date.now())
  await database.atomic([write])
  return `Anyone with this invitation can make one account until ${expiresAt.toISOString()}: in the app, which asks for it
when signing up, or as \`invitation\` of POST /signup or of GET /oauth/:provider:

  ${code}
`
}

async function create(
  database: WritableDatabase,
  { appUrl }: Config,
  username: string,
  wanted: string,
): Promise<string> {
  const role = roles.find(known => known === wanted)
  if (!role) throw new Error(`the roles are ${roles.join(', ')}`)
  if (!isUsername(username) || username.length > 64) throw new Error('that cannot be a username')
  const now = Date.now()
  const person = { username, email: null, firstName: null, lastName: null, timezone: null, passwordHash: null }
  const { id, writes } = userStore(database).create({ ...person, role: 'member' }, now)
  const reset = oneTimeCodeStore(database).issue(id, 'reset_password', null, now)
  const status = { role: 'member', disabled: false } as const
  const made = database.atomic([
    ...writes,
    ...(role === 'member' ? [] : accountStatusStore(database).changeWrites(id, status, { ...status, role }, now)),
    ...eventStore(database).eventWrites(id, { kind: 'signed_up', ip: null, device: null }, now),
    ...reset.writes,
  ])
  await made.catch(explainTaken)
  return `${username} is ${role}. This link sets the password, once, until ${reset.expiresAt.toISOString()}:

  ${codeLink(appUrl, 'reset_password', reset.code)}
`
}

async function grant(database: WritableDatabase, _config: Config, name: string, wanted: string): Promise<string> {
  const role = roles.find(known => known === wanted)
  if (!role) throw new Error(`unknown role; the roles are ${roles.join(', ')}`)
  const user = await identityStore(database).ownerOf(name)
  const accountStatuses = accountStatusStore(database)
  const before = user === undefined ? undefined : await accountStatuses.find(user)
  if (!user || !before) throw new Error('no such account')
  if (before.role === role) return `${name} is already ${role}.`
  const now = Date.now()
  const granted = await database.atomic([
    ...accountStatuses.changeWrites(user, before, { ...before, role }, now),
    adminAuditStore(database).actionWrite({ kind: 'role_changed', actor: null, target: user, role }, now),
    ...eventStore(database).eventWrites(user, { kind: 'role_changed', ip: null, device: null }, now),
  ])
  if (!granted) throw new Error('this is the last admin; make another one first')
  return `${name} is now ${role}, from the next request on.`
}

function usage(): string {
  const lines = Object.entries(commands).map(
    ([name, { takes, does }]) => `  npm run admin -- ${[name, ...takes].join(' ')}\n      ${does}`,
  )
  return `Commands:\n${lines.join('\n')}`
}

/**
 * Runs a command on the database that is configured.
 * @param given the name of the command and its arguments.
 * @param env the variables (`process.env`).
 * @param dotenv whether `.env` in the working folder fills in what is absent.
 * @returns the message to the operator.
 * @throws {Error} with the reason of a failure, or with the list of commands.
 */
export async function runCommand(given: string[], env: NodeJS.ProcessEnv, dotenv = false): Promise<string> {
  const [name = '', ...args] = parseArgs({ args: given, allowPositionals: true }).positionals
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command || command.takes.length !== args.length)
    throw new Error(`unknown command or wrong arguments. ${usage()}`)
  const config = readConfig(env, dotenv)
  const database = await openUpgraded(config.databaseUrl)
  try {
    return await command.run(database, config, ...args)
  } finally {
    await database.close()
  }
}

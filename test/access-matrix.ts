import type { Permission } from '../src/auth/permissions.ts'
import type { ErrorCode } from '../src/http/problem-details.ts'
import { type Role, type Scope, scopes } from '../src/vocabulary.ts'
import { device, picture, type Subject, unusedName } from './every-route.ts'

/**
 * The access matrix: a line per route, a line per kind of caller, and the rules for their cells.
 * `access-matrix.test.ts` tries every cell; a route without a line fails it, and so does a line without a route.
 */

/** Resources with an id and an owner. `test/every-route.ts` creates them. */
export type Thing =
  | 'mood'
  | 'import'
  | 'task'
  | 'import of tasks'
  | 'import of practices'
  | 'session'
  | 'token'
  | 'pose'
  | 'sequence'
  | 'published sequence'
  | 'practice'
  | 'device'
  | 'account'

export interface Row {
  /** Method and pattern, as the router knows them. HEAD is not written: it answers as GET does. */
  route: `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`
  /**
   * The requirement: `nothing` (credentials are ignored), `sign-in` (any valid credential), `cookie` (that of a valid
   * session, whatever else is sent), `metrics` (a token that is nobody's), or a permission.
   */
  asks: 'nothing' | 'sign-in' | 'cookie' | 'metrics' | Permission
  /** An alternative permission, or several. */
  or?: Permission | readonly Scope[]
  /** The kind of resource that the request names. Another user's is 404. */
  of?: Thing
  /** `listed`: another user's resource is reported as missing and stops nothing. `shared`: everyone may read it. */
  foreign?: 'listed' | 'shared'
  /** A resource that the caller must have for the request to succeed. */
  after?: 'picture'
  body?: object | ((named: { id: string; self: Subject }) => object)
  /** The answer to an allowed request where success needs more than access: an error that only the handler throws. */
  answers?: ErrorCode
  /** Only redirects, and does not answer HEAD. */
  headless?: true
  /** An address for a pattern that is not filled in by `:id` alone. */
  url?: string
}

const password = 'correct horse battery'
const another = 'another horse battery'
const code = 'none'

// biome-ignore format: a table, a line per route.
export const matrix: readonly Row[] = [
  // The service and its documentation
  { route: 'GET /', asks: 'nothing' },
  { route: 'GET /app', asks: 'nothing' },
  { route: 'GET /app/*', asks: 'nothing', url: '/app/none.js', answers: 'not_found' },
  { route: 'GET /health', asks: 'nothing' },
  { route: 'GET /ready', asks: 'nothing' },
  { route: 'GET /version', asks: 'nothing' },
  { route: 'GET /metrics', asks: 'metrics' },
  { route: 'GET /openapi.json', asks: 'nothing' },
  { route: 'GET /docs', asks: 'nothing' },
  { route: 'GET /docs/json', asks: 'nothing' },
  { route: 'GET /docs/yaml', asks: 'nothing' },
  { route: 'GET /docs/static/*', asks: 'nothing', url: '/docs/static/swagger-ui.css' },
  { route: 'GET /docs/static/index.html', asks: 'nothing' },
  { route: 'GET /docs/static/theme/page.css', asks: 'nothing' },
  { route: 'GET /docs/static/theme/page.js', asks: 'nothing' },
  { route: 'GET /docs/static/theme/icon.svg', asks: 'nothing' },
  { route: 'GET /docs/static/swagger-initializer.js', asks: 'nothing' },

  // Signing in and out
  { route: 'POST /signup', asks: 'nothing', body: () => ({ username: unusedName(), password }) },
  { route: 'POST /login', asks: 'nothing', body: ({ self }) => ({ username: self.username, password }) },
  { route: 'POST /refresh', asks: 'nothing', body: ({ self }) => ({ refresh_token: self.refreshToken }) },
  { route: 'DELETE /logout', asks: 'nothing' },
  { route: 'GET /me', asks: 'sign-in' },
  { route: 'GET /check_session', asks: 'cookie' },
  { route: 'GET /availability', asks: 'nothing', url: '/availability?username=noor' },
  { route: 'POST /password/forgot', asks: 'nothing', body: { username: 'noor' }, answers: 'email_not_configured' },
  { route: 'POST /password/reset', asks: 'nothing', body: { code, new_password: another }, answers: 'invalid_code' },
  { route: 'POST /account/email/verification/confirm', asks: 'nothing', body: { code }, answers: 'invalid_code' },
  { route: 'GET /verify-email', asks: 'nothing' },
  { route: 'GET /reset-password', asks: 'nothing' },
  { route: 'GET /email/unsubscribe/:code', asks: 'nothing', url: '/email/unsubscribe/none', answers: 'not_found' },
  { route: 'POST /email/unsubscribe/:code', asks: 'nothing', url: '/email/unsubscribe/none', answers: 'not_found' },

  // The account
  { route: 'GET /sessions', asks: 'account:manage' },
  { route: 'DELETE /sessions', asks: 'account:manage' },
  { route: 'DELETE /sessions/:id', asks: 'account:manage', of: 'session' },
  { route: 'GET /tokens', asks: 'account:manage' },
  { route: 'POST /tokens', asks: 'account:manage', body: { name: 'script', scopes: ['mood:read'] } },
  { route: 'DELETE /tokens/:id', asks: 'account:manage', of: 'token' },
  { route: 'GET /account/events', asks: 'account:manage' },
  { route: 'POST /account/confirm', asks: 'account:manage', body: { current_password: password } },
  { route: 'PUT /account/password', asks: 'account:manage', body: { new_password: another } },
  { route: 'PUT /account/email', asks: 'account:manage', body: { email: null } },
  { route: 'PUT /account/username', asks: 'account:manage', body: () => ({ username: unusedName() }) },
  { route: 'POST /account/email/verification', asks: 'account:manage', answers: 'email_missing' },
  { route: 'GET /account/export', asks: 'account:export' },
  { route: 'DELETE /account', asks: 'account:manage', body: { current_password: password } },

  // The profile
  { route: 'GET /profile', asks: 'profile:read' },
  { route: 'PATCH /profile', asks: 'profile:write', body: { first_name: 'Maya' } },
  { route: 'GET /profile/avatar', asks: 'profile:read', after: 'picture' },
  { route: 'PUT /profile/avatar', asks: 'profile:write', body: () => picture },
  { route: 'DELETE /profile/avatar', asks: 'profile:write', after: 'picture' },
  { route: 'GET /push', asks: 'profile:read' },
  { route: 'POST /push/subscriptions', asks: 'profile:write', body: device },
  { route: 'DELETE /push/subscriptions/:id', asks: 'profile:write', of: 'device' },

  // Moods
  { route: 'GET /mood', asks: 'mood:read' },
  { route: 'POST /mood', asks: 'mood:write', body: { mood: 5 } },
  { route: 'GET /mood/labels', asks: 'mood:read' },
  { route: 'GET /mood/calendar', asks: 'mood:read' },
  { route: 'GET /mood/calendar.svg', asks: 'mood:read' },
  { route: 'GET /mood/stats', asks: 'mood:read' },
  { route: 'GET /mood/on-this-day', asks: 'mood:read' },
  { route: 'GET /mood/streak', asks: 'mood:read' },
  { route: 'GET /mood/streak/explain', asks: 'mood:read' },
  { route: 'GET /mood/:id', asks: 'mood:read', of: 'mood' },
  { route: 'PATCH /mood/:id', asks: 'mood:write', of: 'mood', body: { mood: 6 } },
  { route: 'DELETE /mood/:id', asks: 'mood:write', of: 'mood' },
  { route: 'POST /mood/:id/restore', asks: 'mood:write', of: 'mood' },
  { route: 'GET /mood/trash', asks: 'mood:read' },
  { route: 'DELETE /mood/trash', asks: 'mood:write' },
  { route: 'GET /mood/:id/revisions', asks: 'mood:read', of: 'mood' },
  { route: 'DELETE /mood/:id/revisions', asks: 'mood:write', of: 'mood' },
  { route: 'POST /mood/import', asks: 'mood:write', body: Buffer.from('date,mood\n2026-03-01,5\n') },
  { route: 'GET /mood/imports', asks: 'mood:read' },
  { route: 'GET /mood/imports/:id', asks: 'mood:read', of: 'import' },
  { route: 'DELETE /mood/imports/:id', asks: 'mood:write', of: 'import' },
  { route: 'GET /mood/export', asks: 'mood:read' },

  // Syncing
  { route: 'GET /sync', asks: 'mood:read', or: ['tasks:read', 'practices:read', 'sequences:read'] },
  { route: 'GET /sync/stream', asks: 'mood:read', or: ['tasks:read', 'practices:read', 'sequences:read'], headless: true },
  { route: 'POST /sync', asks: 'mood:read', or: ['tasks:read', 'practices:read', 'sequences:read', 'mood:write', 'tasks:write', 'practices:write'], body: {} },

  // Tasks
  { route: 'GET /tasks', asks: 'tasks:read' },
  { route: 'POST /tasks', asks: 'tasks:write', body: { title: 'Call the dentist' } },
  { route: 'GET /tasks/:id', asks: 'tasks:read', of: 'task' },
  { route: 'PATCH /tasks/:id', asks: 'tasks:write', of: 'task', body: { completed: true } },
  { route: 'DELETE /tasks/:id', asks: 'tasks:write', of: 'task' },
  { route: 'POST /tasks/:id/restore', asks: 'tasks:write', of: 'task' },
  { route: 'POST /tasks/complete', asks: 'tasks:write', of: 'task', foreign: 'listed', body: ({ id }) => ({ ids: [id], completed: true }) },
  { route: 'POST /tasks/delete', asks: 'tasks:write', of: 'task', foreign: 'listed', body: ({ id }) => ({ ids: [id] }) },

  { route: 'POST /tasks/import', asks: 'tasks:write', body: Buffer.from('title\nCall the dentist\n') },
  { route: 'GET /tasks/imports', asks: 'tasks:read' },
  { route: 'GET /tasks/imports/:id', asks: 'tasks:read', of: 'import of tasks' },
  { route: 'DELETE /tasks/imports/:id', asks: 'tasks:write', of: 'import of tasks' },
  { route: 'GET /tasks/export', asks: 'tasks:read' },

  // Yoga
  { route: 'GET /poses', asks: 'sequences:read' },
  { route: 'POST /poses', asks: 'sequences:write', body: { name: 'Tree at the Wall' } },
  { route: 'GET /poses/:id', asks: 'sequences:read', of: 'pose' },
  { route: 'PATCH /poses/:id', asks: 'sequences:write', of: 'pose', body: { cautions: 'Stay close to the wall.' } },
  { route: 'DELETE /poses/:id', asks: 'sequences:write', of: 'pose' },
  { route: 'GET /sequences', asks: 'sequences:read' },
  { route: 'POST /sequences', asks: 'sequences:write', body: { title: 'Before breakfast' } },
  { route: 'GET /sequences/:id', asks: 'sequences:read', of: 'sequence' },
  { route: 'PATCH /sequences/:id', asks: 'sequences:write', of: 'sequence', body: { title: 'After work' } },
  { route: 'DELETE /sequences/:id', asks: 'sequences:keep', or: 'sequences:write', of: 'sequence' },
  { route: 'PUT /sequences/:id/poses', asks: 'sequences:write', of: 'sequence', body: { poses: [{ pose_id: 'tree' }] } },
  { route: 'PATCH /sequences/:id/poses/:position', asks: 'sequences:write', of: 'sequence', body: { cue: 'Breathe.' } },
  { route: 'GET /sequences/:id/check', asks: 'sequences:read', of: 'sequence' },
  { route: 'POST /sequences/:id/copy', asks: 'practices:write', or: 'sequences:write', of: 'sequence', body: {} },
  { route: 'POST /sequences/:id/unpublish', asks: 'sequences:moderate', of: 'published sequence', foreign: 'shared' },
  { route: 'GET /sequences/:id/practices', asks: 'practices:read', of: 'sequence' },
  { route: 'POST /sequences/:id/practices', asks: 'practices:write', of: 'sequence', body: {} },
  { route: 'GET /practices', asks: 'practices:read' },
  { route: 'GET /practices/:id', asks: 'practices:read', of: 'practice' },
  { route: 'PATCH /practices/:id', asks: 'practices:write', of: 'practice', body: { note: 'Again.' } },
  { route: 'DELETE /practices/:id', asks: 'practices:write', of: 'practice' },
  { route: 'POST /practices/:id/restore', asks: 'practices:write', of: 'practice' },
  { route: 'POST /practices/import', asks: 'practices:write', body: Buffer.from('date,title\n2026-03-01,Sun salutations\n') },
  { route: 'GET /practices/imports', asks: 'practices:read' },
  { route: 'GET /practices/imports/:id', asks: 'practices:read', of: 'import of practices' },
  { route: 'DELETE /practices/imports/:id', asks: 'practices:write', of: 'import of practices' },
  { route: 'GET /practices/export', asks: 'practices:read' },

  // Sign-in by others: without a provider there is none
  { route: 'GET /oauth', asks: 'nothing' },
  { route: 'GET /oauth/:provider', asks: 'nothing', url: '/oauth/nobody', answers: 'not_found', headless: true },
  { route: 'GET /oauth/:provider/callback', asks: 'nothing', url: '/oauth/nobody/callback?state=x&code=x', answers: 'not_found', headless: true },
  { route: 'POST /oauth/exchange', asks: 'nothing', body: () => ({ code: 'none', code_verifier: 'x'.repeat(43) }), answers: 'not_found' },
  { route: 'GET /account/identities', asks: 'account:manage' },
  { route: 'DELETE /account/identities/:id', asks: 'account:manage', answers: 'not_found' },

  // Administration: the account's owner does not matter here
  { route: 'GET /admin/dashboard', asks: 'admin:read' },
  { route: 'GET /admin/users', asks: 'admin:read' },
  { route: 'GET /admin/users/:id', asks: 'admin:read', of: 'account', foreign: 'shared' },
  { route: 'PATCH /admin/users/:id', asks: 'admin:write', of: 'account', foreign: 'shared', body: { role: 'instructor' } },
  { route: 'DELETE /admin/users/:id', asks: 'admin:write', of: 'account', foreign: 'shared' },
  { route: 'DELETE /admin/users/:id/sessions', asks: 'admin:write', of: 'account', foreign: 'shared' },
  { route: 'GET /admin/audit', asks: 'admin:read' },
]

export interface Caller {
  /** The owner of the requested resource: `another` requests someone else's, all others their own. */
  who: 'nobody' | 'owner' | 'another' | 'disabled' | 'deleted' | 'expired'
  role: Role
  /** A personal access token has the scope that the route requires (or all), or every scope but that one. */
  by: 'nothing' | 'cookie' | 'cookie beside a bad token' | 'access token' | 'refresh token' | 'scope' | 'other scopes'
  /** The page that sends the cookie; our own when absent. */
  page?: 'elsewhere'
}

// biome-ignore format: a table, a line per kind of caller.
export const callers: Readonly<Record<string, Caller>> = {
  'nobody': { who: 'nobody', role: 'member', by: 'nothing' },
  'the owner, by cookie': { who: 'owner', role: 'member', by: 'cookie' },
  'the owner, by cookie from a page elsewhere': { who: 'owner', role: 'member', by: 'cookie', page: 'elsewhere' },
  'the owner, by cookie beside a bad bearer token': { who: 'owner', role: 'member', by: 'cookie beside a bad token' },
  'the owner, by access token': { who: 'owner', role: 'member', by: 'access token' },
  'the owner, by refresh token as bearer token': { who: 'owner', role: 'member', by: 'refresh token' },
  'the owner, by personal token with the scope': { who: 'owner', role: 'member', by: 'scope' },
  'the owner, by personal token without the scope': { who: 'owner', role: 'member', by: 'other scopes' },
  'an instructor': { who: 'owner', role: 'instructor', by: 'access token' },
  'an instructor, by personal token with the scope': { who: 'owner', role: 'instructor', by: 'scope' },
  'an instructor, by personal token without the scope': { who: 'owner', role: 'instructor', by: 'other scopes' },
  'an admin': { who: 'owner', role: 'admin', by: 'access token' },
  'an admin, by personal token with the scope': { who: 'owner', role: 'admin', by: 'scope' },
  'another member': { who: 'another', role: 'member', by: 'access token' },
  'another member, by cookie': { who: 'another', role: 'member', by: 'cookie' },
  'another member, by personal token with the scope': { who: 'another', role: 'member', by: 'scope' },
  'another instructor': { who: 'another', role: 'instructor', by: 'access token' },
  'another admin': { who: 'another', role: 'admin', by: 'access token' },
  'disabled, by cookie': { who: 'disabled', role: 'member', by: 'cookie' },
  'disabled, by access token': { who: 'disabled', role: 'member', by: 'access token' },
  'disabled, by personal token': { who: 'disabled', role: 'member', by: 'scope' },
  'a disabled admin': { who: 'disabled', role: 'admin', by: 'access token' },
  'deleted, by cookie': { who: 'deleted', role: 'member', by: 'cookie' },
  'deleted, by access token': { who: 'deleted', role: 'member', by: 'access token' },
  'deleted, by personal token': { who: 'deleted', role: 'member', by: 'scope' },
  'expired cookie': { who: 'expired', role: 'member', by: 'cookie' },
  'expired access token': { who: 'expired', role: 'member', by: 'access token' },
  'expired personal token': { who: 'expired', role: 'member', by: 'scope' },
}

/** Permissions that not every role has. Written independently of the program, so that the two check each other. */
/** Where the metrics are on. */
export const withMetrics = { METRICS: 'on', METRICS_TOKEN: 'a token that no caller of the matrix has: 4be1' }

/** The roles that have a permission which not all have. */
export const reserved: Partial<Record<Permission, readonly Role[]>> = {
  'sequences:write': ['instructor', 'admin'],
  'sequences:moderate': ['admin'],
  'admin:read': ['admin'],
  'admin:write': ['admin'],
}

/** The expected result of a cell: `allowed`, or the code of the refusal. The first matching rule decides. */
export function expected(
  { route, asks, or, of, foreign }: Row,
  { who, role, by, page }: Caller,
): 'allowed' | ErrorCode {
  const isAlive = who === 'owner' || who === 'another'
  const hasCookie = by === 'cookie' || by === 'cookie beside a bad token'
  const isScript = by === 'scope' || by === 'other scopes'

  // A page elsewhere may read nothing (that is what CORS is for) and change nothing, but for what mail programs send.
  const isFromAnywhere = route === 'POST /email/unsubscribe/:code'
  if (page === 'elsewhere' && !route.startsWith('GET') && !isFromAnywhere) return 'cross_site_request'
  if (asks === 'nothing') return 'allowed'
  if (asks === 'cookie') return isAlive && hasCookie ? 'allowed' : 'authentication_required'
  if (asks === 'metrics') return by === 'cookie' || by === 'nothing' ? 'authentication_required' : 'invalid_token'
  // An Authorization header decides alone, even beside a valid cookie.
  if (by === 'cookie beside a bad token' || by === 'refresh token') return 'invalid_token'
  if (!isAlive) return by === 'cookie' || by === 'nothing' ? 'authentication_required' : 'invalid_token'
  if (asks === 'sign-in') return 'allowed'
  if (reserved[asks]?.includes(role) === false) return 'forbidden'
  // No personal access token has a permission that is not a scope.
  if (isScript && !((isScope(asks) || or) && by === 'scope')) return 'insufficient_scope'
  // Also for admins: no one reads or changes another user's resources.
  if (who === 'another' && of && !foreign) return 'not_found'
  return 'allowed'
}

/** The scopes of a caller's personal access token. */
export function scopesFor({ asks, or }: Row, { by }: Caller): readonly Scope[] {
  const enough = [asks, or ?? []].flat().filter(isScope)
  if (by === 'other scopes') return scopes.filter(scope => !enough.includes(scope))
  return enough.length > 0 ? enough.slice(0, 1) : scopes
}

export function isScope(asks: Row['asks']): asks is Scope {
  return (scopes as readonly string[]).includes(asks)
}

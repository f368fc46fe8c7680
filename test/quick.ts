import { domainFiles, filesOf, runFiles } from './in-one-process.ts'

/**
 * `npm run test:quick`: the domains and the API on SQLite in about a minute of processor time with types and lint, so
 * without most files that take more than a second. They are about what is large, repeated, interrupted, or configured,
 * and seldom fail alone.
 */
const long = new Set(
  filesOf(
    `test/{${[
      'auth/kept-secret',
      'auth/passwords',
      'imports/archives',
      'insight/findings',
      'oauth/rogue',
      'profile/avatars',
      ...[
        'access-tokens',
        'account-export',
        'accounts',
        'admin-last',
        'compression',
        'cors',
        'credentials',
        'database-dump',
        'forgotten-password',
        'hostile-credentials',
        'known-devices',
        'known-hosts',
        'large-answers',
        'login-throttling',
        'metrics',
        'mood-import',
        'mood-import-interrupted',
        'mood-snapshots',
        'mood-statistics',
        'mood.property',
        'oauth-accounts',
        'quotas',
        'revocation',
        'sync-stream',
        'thrown-out',
        'trash',
      ].map(name => `routes/${name}`),
    ]}}`,
  ),
)

runFiles([...domainFiles(), ...filesOf('test/routes/*')].filter(file => !long.has(file)))

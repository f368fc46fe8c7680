import { domainFiles, filesOf, runFiles } from './in-one-process.ts'

/**
 * `npm run test:quick`: the domains and the API on SQLite, but for the files that take most of the time. They are about
 * what is large, repeated or interrupted, and seldom fail alone.
 */
const long = new Set(
  filesOf(
    `test/{${[
      'auth/passwords',
      'imports/archives',
      'insight/findings',
      'profile/avatars',
      ...[
        'access-tokens',
        'account-export',
        'compression',
        'credentials',
        'database-dump',
        'forgotten-password',
        'hostile-credentials',
        'large-answers',
        'login-throttling',
        'mood-import-interrupted',
        'mood.property',
        'revocation',
        'trash',
      ].map(name => `routes/${name}`),
    ]}}`,
  ),
)

runFiles([...domainFiles(), ...filesOf('test/routes/*')].filter(file => !long.has(file)))

import type { FastifyServerOptions } from 'fastify'
import type { Config } from '../config.ts'
import { fileOf, isPostgres } from '../db/open.ts'

/** How the server logs: JSON lines on stdout. Credentials are cut out of objects that are logged, three levels deep. */
export function logOptions({ logLevel }: Pick<Config, 'logLevel'>): NonNullable<FastifyServerOptions['logger']> {
  const secrets = [
    'authorization',
    'cookie',
    'set-cookie',
    'password',
    'current_password',
    'new_password',
    'token',
    'refresh_token',
    'note',
    'email',
  ]
  return {
    level: logLevel,
    redact: { paths: secrets.flatMap(key => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]), remove: true },
  }
}

/** What a person sees who has just started the server. @param address where it listens. */
export function welcome(config: Config, address: string): string {
  return `
  moodstreak is ready.

    API        ${address}
    Try it     ${address}/docs
    Data       ${placeOf(config.databaseUrl)}

  Stop it with Ctrl+C. A demo account comes with "npm run seed": demo / password.
`
}

/** Where the data is, without the password that the address of a server may hold. */
function placeOf(databaseUrl: string): string {
  if (!isPostgres(databaseUrl)) return fileOf(databaseUrl)
  const { hostname, port, pathname } = new URL(databaseUrl)
  return `PostgreSQL, ${pathname.slice(1)} at ${hostname}:${port || 5432}`
}

import { networkInterfaces } from 'node:os'
import type { FastifyServerOptions } from 'fastify'
import type { Config } from '../config.ts'
import { fileOf, isPostgres } from '../db/open.ts'
import { appPath, builtApp } from '../http/built-app.ts'

/** The log: JSON lines on stdout. Credentials are removed from logged objects, three levels deep. */
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
    'device_token',
    'note',
    'email',
  ]
  return {
    level: logLevel,
    redact: { paths: secrets.flatMap(key => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]), remove: true },
  }
}

/**
 * The text printed after the start.
 * @param address the server's address.
 * @param hasApp whether the app is built.
 * @param elsewhere where other devices reach the server.
 */
export function welcome(
  config: Config,
  address: string,
  hasApp = builtApp().exists(),
  elsewhere = networkAddresses(config, address),
): string {
  const onPhones = elsewhere.map(origin => `    On phones  ${origin}${appPath}\n`).join('')
  return `
  moodstreak is ready.

    App        ${hasApp ? `${address}${appPath}` : 'not built: npm ci, then npm run bundle'}
${hasApp ? onPhones : ''}    API        ${address}
    Try it     ${address}/docs
    Data       ${placeOf(config.databaseUrl)}

  Stop it with Ctrl+C. A demo account comes with "npm run seed": demo / password.
`
}

/**
 * Where other devices of the network reach a server that listens on all addresses of this machine.
 * @param address the server's address on this machine.
 * @param interfaces those of the machine.
 */
export function networkAddresses(
  { host }: Pick<Config, 'host'>,
  address: string,
  interfaces = networkInterfaces(),
): string[] {
  if (host !== '0.0.0.0' && host !== '::') return []
  const { port } = new URL(address)
  return Object.values(interfaces)
    .flatMap(known => known ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address: ip }) => `http://${ip}:${port}`)
}

/** What an operator should know about the configuration, once, at the start. */
export function startWarnings({ production, signupChosen }: Pick<Config, 'production' | 'signupChosen'>): string[] {
  return production && !signupChosen
    ? ['SIGNUP is not set: anybody who reaches this server can make an account. Choose SIGNUP=open, invite or closed.']
    : []
}

/** The location of the data, without the password of a database URL. */
function placeOf(databaseUrl: string): string {
  if (!isPostgres(databaseUrl)) return fileOf(databaseUrl)
  const { hostname, port, pathname } = new URL(databaseUrl)
  return `PostgreSQL, ${pathname.slice(1)} at ${hostname}:${port || 5432}`
}

import fp from 'fastify-plugin'
import { type Passwords, startPasswords } from '../src/auth/passwords.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Hashes and compares passwords off the main thread; 503 when too many wait. */
    passwords: Pick<Passwords, 'hash' | 'verify' | 'renewed'>
  }
}

/**
 * @param shared a pool that its owner closes; without it, the app has its own and closes it.
 */
export default fp<{ cost: number; shared?: Passwords | undefined }>(
  async (app, { cost, shared }) => {
    const passwords = shared ?? startPasswords(cost)
    app.decorate('passwords', passwords)
    app.reportMetric({
      name: 'password_queue',
      help: 'Passwords that are being hashed, and that wait for it',
      kind: 'gauge',
      by: 'state',
      read: () => passwords.load(),
    })
    if (!shared) app.addHook('onClose', () => passwords.close())
  },
  { name: 'passwords', dependencies: ['metrics'] },
)

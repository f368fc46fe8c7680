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
    if (!shared) app.addHook('onClose', () => passwords.close())
  },
  { name: 'passwords' },
)

import fp from 'fastify-plugin'
import { type Passwords, startPasswords } from '../src/auth/passwords.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Hashes and compares passwords off the main thread; 503 when too many wait. */
    passwords: Pick<Passwords, 'hash' | 'verify'>
  }
}

export default fp<{ cost: number }>(
  async (app, { cost }) => {
    const passwords = startPasswords(cost)
    app.decorate('passwords', passwords)
    app.addHook('onClose', () => passwords.close())
  },
  { name: 'passwords' },
)

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { open, problems } from './wire.ts'

const Status = (title: string, status: string, description: string) =>
  Type.Object({ status: Type.Literal(status, { examples: [status] }) }, { title, description })

/** Health and version: for load balancers, supervisors and the app's handshake. */
const service: FastifyPluginAsyncTypebox<{ version: string }> = async (app, { version }) => {
  app.get(
    '/health',
    {
      config: { limit: 'none' },
      schema: {
        tags: ['service'],
        operationId: 'getHealth',
        summary: 'Liveness',
        description: 'Whether the process is alive. Does not query the database.',
        security: open,
        response: { 200: Status('Health', 'ok', 'Alive.'), ...problems() },
      },
    },
    async () => ({ status: 'ok' }) as const,
  )
  app.get(
    '/ready',
    {
      config: { limit: 'none' },
      schema: {
        tags: ['service'],
        operationId: 'getReadiness',
        summary: 'Readiness',
        description: 'Whether requests can be served: 503 while the database does not respond.',
        security: open,
        response: { 200: Status('Readiness', 'ready', 'Ready.'), ...problems() },
      },
    },
    async () => {
      await app.database.ping()
      return { status: 'ready' } as const
    },
  )
  app.get(
    '/version',
    {
      schema: {
        tags: ['service'],
        operationId: 'getVersion',
        summary: 'Name and version',
        description: 'For the handshake of an app: confirms that this is a moodstreak server, and its version.',
        security: open,
        response: {
          200: Type.Object(
            { name: Type.Literal('moodstreak'), version: Type.String({ maxLength: 64, examples: ['0.2.0'] }) },
            { title: 'Version', description: 'Name and version.' },
          ),
          ...problems(),
        },
      },
    },
    async () => ({ name: 'moodstreak', version }) as const,
  )
}
export default service

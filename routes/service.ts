import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { readinessOf } from '../src/db/readiness.ts'
import { oneOf } from '../src/http/typebox.ts'
import { zoneRelease } from '../src/moods/zone-release.ts'
import { open, problems } from './wire.ts'

const Health = Type.Object(
  { status: Type.Literal('ok', { examples: ['ok'] }) },
  { title: 'Health', description: 'Alive.' },
)
const Readiness = Type.Object(
  {
    status: Type.Literal('ready', { examples: ['ready'] }),
    writes: oneOf(['ok', 'failing'], {
      description: '`failing` while the database can be read and not written, for example because the disk is full.',
      examples: ['ok'],
    }),
  },
  { title: 'Readiness', description: 'Ready.' },
)

/** Health and version: for load balancers, supervisors and the app's handshake. */
const service: FastifyPluginAsyncTypebox<{ version: string }> = async (app, { version }) => {
  const readiness = readinessOf(app.database, app.now)

  app.get(
    '/health',
    {
      config: { limit: 'none', anyHost: true },
      schema: {
        tags: ['service'],
        operationId: 'getHealth',
        summary: 'Liveness',
        description: 'Whether the process is alive. Does not query the database.',
        security: open,
        response: { 200: Health, ...problems() },
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
        description:
          'Whether requests can be served: 503 while the database does not respond. Reads go on while writes fail. An answer is cached for a second.',
        security: open,
        response: { 200: Readiness, ...problems() },
      },
    },
    async () => ({ status: 'ready', ...(await readiness()) }) as const,
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
            {
              name: Type.Literal('moodstreak'),
              version: Type.String({ maxLength: 64, examples: ['0.2.0'] }),
              api: Type.Literal(1, { description: 'The version of the API.', examples: [1] }),
              tz: Type.String({
                maxLength: 16,
                description: 'The release of the time-zone data.',
                examples: ['2026c'],
              }),
            },
            { title: 'Version', description: 'Name and version.' },
          ),
          ...problems(),
        },
      },
    },
    async () => ({ name: 'moodstreak', version, api: 1, tz: zoneRelease }) as const,
  )
}
export default service

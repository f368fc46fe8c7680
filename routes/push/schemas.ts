import { Type } from '@sinclair/typebox'
import { nullable } from '../../src/http/typebox.ts'
import { maxSubscriptions } from '../../src/push/subscription-store.ts'
import { Instant } from '../wire.ts'

/** The wire schemas of Web Push. */

const Subscription = Type.Object({
  id: Type.String({ format: 'uuid', examples: ['7f6d6f0e-1c1e-5d5a-9a3e-0a4b8c1d2e3f'] }),
  service: Type.String({
    maxLength: 255,
    description: 'The host of the push service.',
    examples: ['updates.push.services.mozilla.com'],
  }),
  created_at: Instant(),
})

export const PushSubscription = Type.Object(Subscription.properties, {
  $id: 'PushSubscription',
  description: 'A subscribed device.',
})

export const PushSettings = Type.Object(
  {
    public_key: Type.String({
      maxLength: 100,
      description: 'The `applicationServerKey` to subscribe with, base64url.',
      examples: ['BKd2Y0VvjW0tXqDq2mB6Jm0m0tqR7Wq8Q2b6yq0g2m3cVYvJYc1lT0z2vY6t1J6o3n8N5s0dXqk9mY3rQ0t1u2w'],
    }),
    subscriptions: Type.Array(Subscription, { maxItems: maxSubscriptions }),
  },
  { $id: 'PushSettings', description: 'The key of this server, and your devices.' },
)

export const NewPushSubscription = Type.Object(
  {
    endpoint: Type.String({ minLength: 1, maxLength: 1000, description: 'A public https URL, on port 443.' }),
    expirationTime: Type.Optional(nullable(Type.Number({ description: 'Ignored.' }))),
    keys: Type.Object(
      {
        p256dh: Type.String({ pattern: '^[\\w-]{87}=?$', maxLength: 88 }),
        auth: Type.String({ pattern: '^[\\w-]{22}={0,2}$', maxLength: 24 }),
      },
      { additionalProperties: false },
    ),
  },
  {
    title: 'NewPushSubscription',
    additionalProperties: false,
    examples: [
      {
        endpoint: 'https://updates.push.services.mozilla.com/wpush/v2/example',
        keys: {
          p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
          auth: 'BTBZMqHH6r4Tts7J_aSIgg',
        },
      },
    ],
  },
)

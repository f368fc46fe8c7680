import { Type } from '@sinclair/typebox'
import { networks } from '../../src/profile/social-links.ts'
import { nullable } from '../../src/typebox.ts'
import { Timezone } from '../wire.ts'

/** The profile on the wire. */

const Name = Type.String({ maxLength: 100, examples: ['Maya'] })
const Occupation = Type.String({ maxLength: 100, examples: ['Yoga teacher'] })
const HomeAddress = Type.String({ maxLength: 300, examples: ['12 Hill Street, Limuru'] })
const Place = (example: string) => Type.String({ maxLength: 100, examples: [example] })
const Description = Type.String({
  maxLength: 2000,
  description: 'What the person says about themself.',
  examples: ['Teaches in the mornings, sleeps badly at full moon.'],
})
const Link = Type.String({
  format: 'https-url',
  maxLength: 300,
  description: 'An absolute https address; kept as it was sent.',
  examples: ['https://example.org/maya'],
})
const DayStartsAt = Type.Integer({
  minimum: 0,
  maximum: 6,
  description:
    'The hour at which the day begins: with 4, what happens at 02:59 still belongs to the day before. Moves no entry that is there.',
  examples: [4],
})
const MoodScale = Type.Object(
  {
    min: Type.Number({ minimum: -1_000_000, maximum: 1_000_000, description: 'The worst mood.', examples: [0] }),
    max: Type.Number({ minimum: -1_000_000, maximum: 1_000_000, description: 'The best mood.', examples: [10] }),
  },
  {
    additionalProperties: false,
    description: 'The scale that numeric moods are logged on. Changes no entry that is there.',
  },
)

type Network = (typeof networks)[number]
/** The same schema for each network. */
const perNetwork = <T>(schema: T) =>
  Object.fromEntries(networks.map(network => [network, schema])) as Record<Network, T>

export const Profile = Type.Object(
  {
    username: Type.String({ maxLength: 64, examples: ['maya'] }),
    email: nullable(Type.String({ maxLength: 254, examples: ['maya@example.org'] })),
    email_verified: Type.Boolean({
      description: 'Whether the person has shown that the e-mail address is theirs.',
      examples: [true],
    }),
    first_name: nullable(Name),
    last_name: nullable(Name),
    full_name: nullable(
      Type.String({
        maxLength: 201,
        description: 'First and last name, as far as they are known.',
        examples: ['Maya Okafor'],
      }),
    ),
    occupation: nullable(Occupation),
    home_address: nullable(HomeAddress),
    country: nullable(Place('Kenya')),
    county: nullable(Place('Kiambu')),
    description: nullable(Description),
    social_links: Type.Object(perNetwork(nullable(Link))),
    avatar_url: nullable(
      Type.String({
        maxLength: 100,
        description: 'Where the picture is, on this server; another one for another picture. Null without one.',
        examples: ['/profile/avatar?v=n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg'],
      }),
    ),
    timezone: Timezone({ description: 'Where "today" is when a request does not say; UTC until set.' }),
    day_starts_at: DayStartsAt,
    mood_scale: MoodScale,
  },
  { $id: 'Profile', description: 'Who the person is and how their days run.' },
)

export const ProfileChange = Type.Object(
  {
    first_name: Type.Optional(nullable(Name)),
    last_name: Type.Optional(nullable(Name)),
    occupation: Type.Optional(nullable(Occupation)),
    home_address: Type.Optional(nullable(HomeAddress)),
    country: Type.Optional(nullable(Place('Kenya'))),
    county: Type.Optional(nullable(Place('Kiambu'))),
    description: Type.Optional(nullable(Description)),
    social_links: Type.Optional(
      nullable(
        Type.Object(perNetwork(Type.Optional(nullable(Link))), {
          additionalProperties: false,
          description: 'A link that is absent stays, null clears it; null instead of them all clears them all.',
        }),
      ),
    ),
    timezone: Type.Optional(
      nullable(Timezone({ description: 'Null goes back to UTC. Moves no entry that is there, only "today".' })),
    ),
    day_starts_at: Type.Optional(nullable(DayStartsAt)),
    mood_scale: Type.Optional(nullable(MoodScale)),
  },
  {
    additionalProperties: false,
    examples: [{ timezone: 'Europe/Berlin', day_starts_at: 4, social_links: { github: 'https://github.com/maya' } }],
  },
)

const bytes = { type: 'string', format: 'binary', maxLength: 1024 * 1024 }

/** A picture in a body: bare, or as the one file of a form. */
export const Picture = {
  content: {
    'image/jpeg': { schema: bytes },
    'image/png': { schema: bytes },
    'image/webp': { schema: bytes },
    'multipart/form-data': {
      schema: {
        type: 'object',
        properties: { avatar: { ...bytes, description: 'The picture; the name of the field does not matter.' } },
        required: ['avatar'],
        additionalProperties: false,
      },
    },
  },
}

export const AvatarImage = { description: 'The picture.', content: { 'image/webp': { schema: bytes } } }

export const AvatarQuery = Type.Object(
  {
    v: Type.Optional(
      Type.String({ maxLength: 64, description: 'As in `avatar_url`, so that a page shows a new picture at once.' }),
    ),
  },
  { additionalProperties: false },
)

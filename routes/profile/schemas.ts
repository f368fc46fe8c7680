import { Type } from '@sinclair/typebox'
import { nullable, oneOf, orReceipt, writes } from '../../src/http/typebox.ts'
import { networks } from '../../src/profile/social-links.ts'
import { Timezone } from '../wire.ts'

/** The wire schemas of the profile. */

const Name = Type.String({ maxLength: 100, format: 'short-text', examples: ['Maya'] })
const Occupation = Type.String({ maxLength: 100, format: 'short-text', examples: ['Yoga teacher'] })
const HomeAddress = Type.String({ maxLength: 300, format: 'short-lines', examples: ['12 Hill Street, Limuru'] })
const Place = (example: string) => Type.String({ maxLength: 100, format: 'short-text', examples: [example] })
const Description = Type.String({
  maxLength: 2000,
  description: 'About you.',
  examples: ['Teaches in the mornings, sleeps badly at full moon.'],
})
const Link = Type.String({
  format: 'https-url',
  maxLength: 300,
  description: 'An absolute https URL.',
  examples: ['https://example.org/maya'],
})
const DayStartsAt = Type.Integer({
  minimum: 0,
  maximum: 6,
  description:
    'The hour at which your day starts: with 4, what happens at 02:59 still counts for the day before. Does not move existing entries.',
  examples: [4],
})
const MoodScale = Type.Object(
  {
    min: Type.Number({ minimum: -1_000_000, maximum: 1_000_000, description: 'The worst mood.', examples: [0] }),
    max: Type.Number({ minimum: -1_000_000, maximum: 1_000_000, description: 'The best mood.', examples: [10] }),
  },
  {
    additionalProperties: false,
    description: 'The scale of numeric moods. Does not change existing entries.',
  },
)

const Digest = oneOf(['off', 'weekly'], {
  description: 'A weekly e-mail, on Monday mornings: the week in seven pixels, your streak, a finding if there is one.',
  examples: ['weekly'],
})
const ReminderAt = Type.String({
  pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
  maxLength: 5,
  description:
    'The local time of a reminder on days on which your streak is at risk, by push or e-mail; null for none.',
  examples: ['20:30'],
})

type Network = (typeof networks)[number]
/** The same schema for each network. */
const perNetwork = <T>(schema: T) =>
  Object.fromEntries(networks.map(network => [network, schema])) as Record<Network, T>

export const Profile = Type.Object(
  {
    username: Type.String({ maxLength: 64, examples: ['maya'] }),
    email: nullable(Type.String({ maxLength: 254, examples: ['maya@example.org'] })),
    email_verified: Type.Boolean({
      description: 'Whether the e-mail address is verified.',
      examples: [true],
    }),
    first_name: nullable(Name),
    last_name: nullable(Type.String({ ...Name, examples: ['Okafor'] })),
    full_name: nullable(
      Type.String({
        maxLength: 201,
        description: 'First and last name, as far as known.',
        examples: ['Maya Okafor'],
      }),
    ),
    occupation: nullable(Occupation),
    home_address: nullable(HomeAddress),
    country: nullable(Place('Kenya')),
    county: nullable(Place('Kiambu')),
    description: nullable(Description),
    social_links: Type.Object(perNetwork(nullable(Link)), {
      examples: [{ ...perNetwork(null), github: 'https://github.com/maya' }],
    }),
    avatar_url: nullable(
      Type.String({
        maxLength: 100,
        description: 'The path of the avatar on this server; changes with the avatar. Null if there is none.',
        examples: ['/profile/avatar?v=n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg'],
      }),
    ),
    timezone: Timezone({ description: 'Your time zone, used unless a request names one. Defaults to UTC.' }),
    day_starts_at: DayStartsAt,
    mood_scale: MoodScale,
    digest: Digest,
    reminder_at: nullable(ReminderAt),
  },
  { $id: 'Profile', description: 'Your profile and settings.' },
)

export const ProfileReceipt = Type.Object(
  {},
  { $id: 'ProfileReceipt', description: 'What a token without `profile:read` gets for a write: an empty object.' },
)

export const ProfileOrReceipt = orReceipt(Profile, ProfileReceipt)

export const ProfileChange = writes(
  Profile,
  Type.Object(
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
            description: 'Absent links stay as they are; null clears a link, and null for the whole object clears all.',
          }),
        ),
      ),
      timezone: Type.Optional(
        nullable(Timezone({ description: 'Null resets it to UTC. Does not move existing entries, only "today".' })),
      ),
      day_starts_at: Type.Optional(nullable(DayStartsAt)),
      mood_scale: Type.Optional(nullable(MoodScale)),
      digest: Type.Optional(nullable(Digest)),
      reminder_at: Type.Optional(nullable(ReminderAt)),
    },
    {
      title: 'ProfileChanges',
      additionalProperties: false,
      examples: [{ timezone: 'Europe/Berlin', day_starts_at: 4, social_links: { github: 'https://github.com/maya' } }],
    },
  ),
)

const bytes = { type: 'string', format: 'binary', maxLength: 1024 * 1024 }

/** A picture in a body: as it is, or as the one file of a form. */
export const Picture = {
  content: {
    'image/jpeg': { schema: bytes },
    'image/png': { schema: bytes },
    'image/webp': { schema: bytes },
    'multipart/form-data': {
      schema: {
        type: 'object',
        properties: { avatar: { ...bytes, description: 'The image; the field name does not matter.' } },
        required: ['avatar'],
        additionalProperties: false,
      },
    },
  },
}

export const AvatarImage = { description: 'The image.', content: { 'image/webp': { schema: bytes } } }

export const AvatarQuery = Type.Object(
  {
    v: Type.Optional(
      Type.String({ maxLength: 64, description: 'As in `avatar_url`; bypasses caches when the avatar changes.' }),
    ),
  },
  { additionalProperties: false },
)

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { Principal } from '../src/auth/sessions.ts'
import { ApiError } from '../src/errors.ts'
import { defaultTimezone } from '../src/moods/dating.ts'
import { nullable, ref } from '../src/typebox.ts'
import { defaultSettings, type ProfileFields, userStore } from '../src/users/users.ts'
import { guarded, problems, signedIn, Timezone, withBody } from './wire.ts'

const Name = Type.String({ maxLength: 100, examples: ['Maya'] })
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

const Profile = Type.Object(
  {
    username: Type.String({ examples: ['maya'] }),
    email: nullable(Type.String({ examples: ['maya@example.org'] })),
    first_name: nullable(Name),
    last_name: nullable(Name),
    full_name: nullable(
      Type.String({ description: 'First and last name, as far as they are known.', examples: ['Maya Okafor'] }),
    ),
    timezone: Timezone({ description: 'Where "today" is when a request does not say; UTC until set.' }),
    day_starts_at: DayStartsAt,
    mood_scale: MoodScale,
  },
  { $id: 'Profile', description: 'Who the person is and how their days run.' },
)

const ProfileChange = Type.Object(
  {
    first_name: Type.Optional(nullable(Name)),
    last_name: Type.Optional(nullable(Name)),
    timezone: Type.Optional(
      nullable(Timezone({ description: 'Null goes back to UTC. Moves no entry that is there, only "today".' })),
    ),
    day_starts_at: Type.Optional(nullable(DayStartsAt)),
    mood_scale: Type.Optional(nullable(MoodScale)),
  },
  { additionalProperties: false, examples: [{ timezone: 'Europe/Berlin', day_starts_at: 4 }] },
)

/** The signed-in person's profile; it exists from sign-up on. */
const profile: FastifyPluginAsyncTypebox = async app => {
  const users = userStore(app.database)
  app.addSchema(Profile)
  app.addHook('onRequest', app.authenticate)

  app.get(
    '/profile',
    {
      schema: {
        tags: ['profile'],
        summary: 'The own profile',
        description: 'Exists for every account from sign-up on; settings that were never set show their defaults.',
        security: signedIn,
        response: { 200: ref(Profile, 'The profile.'), ...problems(...guarded) },
      },
    },
    async request => describe(request.principal),
  )

  app.patch(
    '/profile',
    {
      schema: {
        tags: ['profile'],
        summary: 'Change the own profile',
        description: 'What is absent stays; null goes back to the default.',
        security: signedIn,
        body: ProfileChange,
        response: { 200: ref(Profile, 'The profile as it is now.'), ...problems(...guarded, ...withBody) },
      },
    },
    async request => {
      const { mood_scale: scale } = request.body
      if (scale && scale.min >= scale.max)
        throw new ApiError('invalid_request', 'mood_scale.min must be less than mood_scale.max')
      const { user, session } = request.principal
      await users.updateProfile(user.id, changesOf(request.body), app.now())
      // Read again rather than merged here: another device may have changed something else meanwhile.
      const changed = await app.sessions.find(user.id, session.id, app.now())
      if (!changed) throw new ApiError('authentication_required')
      return describe(changed)
    },
  )
}
export default profile

function describe({ user, settings }: Principal): Static<typeof Profile> {
  const { username, email, first_name, last_name } = user
  return {
    username,
    email,
    first_name,
    last_name,
    full_name: [first_name, last_name].filter(Boolean).join(' ') || null,
    timezone: settings.timezone ?? defaultTimezone,
    day_starts_at: settings.dayStartsAt,
    mood_scale: { min: settings.moodMin, max: settings.moodMax },
  }
}

/** The columns that a change writes: absent stays absent, null becomes the default. */
function changesOf({ mood_scale: scale, ...body }: Static<typeof ProfileChange>): Partial<ProfileFields> {
  return {
    ...('first_name' in body && { firstName: body.first_name ?? null }),
    ...('last_name' in body && { lastName: body.last_name ?? null }),
    ...('timezone' in body && { timezone: body.timezone ?? null }),
    ...('day_starts_at' in body && { dayStartsAt: body.day_starts_at ?? defaultSettings.dayStartsAt }),
    ...(scale !== undefined && {
      moodMin: scale?.min ?? defaultSettings.moodMin,
      moodMax: scale?.max ?? defaultSettings.moodMax,
    }),
  }
}

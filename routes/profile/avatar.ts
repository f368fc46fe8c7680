import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ApiError } from '../../src/errors.ts'
import { avatarMaker } from '../../src/profile/avatars.ts'
import type { profileStore } from '../../src/profile/profiles.ts'
import { ref } from '../../src/typebox.ts'
import { isUnchanged, sendUnchanged } from '../etag.ts'
import { guarded, problems, signedIn, withBody } from '../wire.ts'
import { describe } from './describe.ts'
import { AvatarImage, AvatarQuery, Picture, Profile } from './schemas.ts'
import { readPictures } from './upload.ts'

/** As much of a body is read. Phones make pictures for a profile smaller before they send them. */
const bodyLimit = 1024 * 1024

/** The signed-in person's picture. */
const avatar: FastifyPluginAsyncTypebox<ReturnType<typeof profileStore>> = async (app, profiles) => {
  const onAvatar = { tags: ['profile'], security: signedIn }

  app.get(
    '/profile/avatar',
    {
      onRequest: app.requires('profile:read'),
      schema: {
        ...onAvatar,
        summary: 'The own picture',
        description: '512 x 512 webp. Its `ETag` goes into `If-None-Match`.',
        querystring: AvatarQuery,
        response: {
          200: AvatarImage,
          304: Type.Null({ description: 'Nothing has changed.' }),
          ...problems(...guarded, 'not_found'),
        },
      },
    },
    async (request, reply) => {
      const found = await profiles.findAvatar(request.principal.user.id)
      if (!found) throw new ApiError('not_found', 'There is no picture.')
      reply.header('Vary', 'Origin, Authorization, Cookie')
      if (isUnchanged(request, reply, `"${found.digest}"`)) return sendUnchanged(reply)
      return reply.type('image/webp').header('Content-Disposition', 'inline').send(found.bytes)
    },
  )

  app.delete(
    '/profile/avatar',
    {
      onRequest: app.requires('profile:write'),
      schema: {
        ...onAvatar,
        summary: 'Remove the own picture',
        description: '204 whether or not there was one.',
        response: {
          204: Type.Null({ description: 'There is none.' }),
          ...problems(...guarded, ...withBody, 'cross_site_request'),
        },
      },
    },
    async (request, reply) => {
      await profiles.removeAvatar(request.principal.user.id)
      return reply.code(204).send(null)
    },
  )

  await app.register(upload, profiles)
}
export default avatar

/** A plugin of its own, because what bodies can be read holds for a whole plugin. */
const upload: FastifyPluginAsyncTypebox<ReturnType<typeof profileStore>> = async (app, profiles) => {
  const makeAvatar = avatarMaker()
  readPictures(app)

  app.put<{ Body: Buffer | undefined }>(
    '/profile/avatar',
    {
      onRequest: app.requires('profile:write'),
      bodyLimit,
      schema: {
        tags: ['profile'],
        security: signedIn,
        summary: 'Put up a picture',
        description:
          'A JPEG, PNG or WebP, whatever its name and type say, up to 1 MiB and 40 megapixels, no side longer than 10 000 pixels or than ten times the other: as the body itself or as the one file of a form. It is turned upright, cut to a square of 512 x 512 and kept without metadata. When something is wrong with it, the picture there was stays.',
        body: Picture,
        response: {
          200: ref(Profile, 'The profile with its new `avatar_url`.'),
          ...problems(...guarded, ...withBody, 'invalid_image', 'cross_site_request', 'too_busy'),
        },
      },
    },
    async request => {
      const { id } = request.principal.user
      const picture = await makeAvatar(request.body ?? Buffer.alloc(0))
      await profiles.putAvatar(id, picture, app.now())
      return describe(await profiles.find(id))
    },
  )
}

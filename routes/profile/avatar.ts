import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { avatarMaker } from '../../src/profile/avatars.ts'
import type { profileStore } from '../../src/profile/profiles.ts'
import { isUnchanged, sendUnchanged } from '../etag.ts'
import { guarded, NotModified, problems, sends, signedIn, withBody, withReceipt } from '../wire.ts'
import { describe } from './describe.ts'
import { AvatarImage, AvatarQuery, Picture, Profile, ProfileOrReceipt } from './schemas.ts'
import { readPictures } from './upload.ts'

/** The body limit. Phones scale profile pictures down before they send them. */
const bodyLimit = 1024 * 1024

/** The user's picture. */
const avatar: FastifyPluginAsyncTypebox<ReturnType<typeof profileStore>> = async (app, profiles) => {
  const onAvatar = { tags: ['profile'], security: signedIn }

  app.get(
    '/profile/avatar',
    {
      onRequest: app.requires('profile:read'),
      schema: {
        ...onAvatar,
        operationId: 'getAvatar',
        summary: 'Get your avatar',
        description: 'A WebP image of 512 x 512 pixels.',
        querystring: AvatarQuery,
        response: {
          200: sends(AvatarImage, 'ETag'),
          304: NotModified,
          ...problems(...guarded, 'not_found'),
        },
      },
    },
    async (request, reply) => {
      const found = await profiles.findAvatar(request.principal.user.id)
      if (!found) throw new ApiError('not_found', 'No picture has been uploaded.')
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
        operationId: 'deleteAvatar',
        summary: 'Delete your avatar',
        description: '204 whether or not there was one.',
        response: {
          204: Type.Null({ description: 'Deleted.' }),
          ...problems(...guarded, ...withBody, 'cross_site_request'),
        },
      },
    },
    async (request, reply) => {
      await profiles.removeAvatar(request.commit, request.principal.user.id)
      return reply.code(204).send(null)
    },
  )

  await app.register(upload, profiles)
}
export default avatar

/** A separate plugin, because content type parsers apply to a whole plugin. */
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
        operationId: 'setAvatar',
        summary: 'Set your avatar',
        description:
          'A JPEG, PNG or WebP image (recognized by content) as the raw body or as the only file of a form: at most 1 MiB and 40 megapixels, no side longer than 10 000 pixels or ten times the other. It is rotated upright, cropped to 512 x 512 pixels and stripped of metadata. A rejected image leaves the current avatar in place.',
        body: Picture,
        response: {
          200: withReceipt(ref(Profile, 'The profile with the new `avatar_url`.'), ProfileOrReceipt),
          ...problems(...guarded, ...withBody, 'invalid_image', 'cross_site_request', 'too_busy'),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.principal.user
      const owner = { network: request.network, account: id }
      const picture = await makeAvatar(request.body ?? Buffer.alloc(0), owner)
      await profiles.putAvatar(request.commit, id, picture, app.now())
      const changed = describe(await profiles.find(id))
      return reply.resourceOrReceipt(
        'profile:read',
        () => changed,
        () => ({}),
      )
    },
  )
}

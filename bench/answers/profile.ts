import { testPicture } from '../../test/pictures.ts'
import type { Script } from './script.ts'

/** The profile and its picture. */
export async function profileCalls(script: Script) {
  const pia = await script.signUp('pia', { email: 'pia@example.org' })
  await script.call('a profile', 'GET /profile', { as: pia })
  await script.call('a profile by cookie', 'GET /profile', { cookie: pia })
  await script.call('a profile as nobody', 'GET /profile')
  const changes: Record<string, unknown> = {
    names: { first_name: 'Pia', last_name: 'Okafor', occupation: 'Yoga teacher', home_address: '12 Hill Street' },
    places: { country: 'Kenya', county: 'Kiambu', description: 'Teaches in the mornings.' },
    links: { social_links: { github: 'https://github.com/pia', twitter: null } },
    'no links': { social_links: null },
    days: { timezone: 'Europe/Berlin', day_starts_at: 4, mood_scale: { min: -5, max: 5 } },
    nothing: {},
    'back to the defaults': { timezone: null, day_starts_at: null, mood_scale: null, first_name: null },
    'a scale upside down': { mood_scale: { min: 5, max: 5 } },
    'half a scale': { mood_scale: { min: 5 } },
    'a late day': { day_starts_at: 7 },
    'a link that is none': { social_links: { github: 'javascript:alert(1)' } },
    'a network that is none': { social_links: { myspace: 'https://myspace.com/pia' } },
    'an unknown field': { username: 'other' },
    'a zone that is none': { timezone: 'Mars/Olympus' },
    'a long name': { first_name: 'x'.repeat(101) },
  }
  for (const [what, body] of Object.entries(changes))
    await script.call(`change a profile: ${what}`, 'PATCH /profile', { as: pia, body })
  await script.call('change a profile by cookie from nowhere', 'PATCH /profile', {
    headers: { cookie: pia.cookie },
    body: {},
  })

  await script.call('no picture', 'GET /profile/avatar', { as: pia })
  await script.call('remove no picture', 'DELETE /profile/avatar', { as: pia })
  const png = await testPicture().png().toBuffer()
  const put = (what: string, body: unknown, type: string, sent: object = { as: pia }) =>
    script.call(`put up ${what}`, 'PUT /profile/avatar', { body, type, ...sent })
  await put('a PNG', png, 'image/png')
  await put('a JPEG', await testPicture(80, 60).jpeg().toBuffer(), 'image/jpeg')
  await put('a PNG that is called WebP', png, 'image/webp')
  const form = (parts: string[][]) =>
    Buffer.concat([
      ...parts.flatMap(([disposition = '', content = '']) => [
        Buffer.from(`--x\r\nContent-Disposition: form-data; ${disposition}\r\nContent-Type: image/png\r\n\r\n`),
        content === 'png' ? png : Buffer.from(content),
        Buffer.from('\r\n'),
      ]),
      Buffer.from('--x--\r\n'),
    ])
  const formType = 'multipart/form-data; boundary=x'
  await put('a form', form([['name="avatar"; filename="a.png"', 'png']]), formType)
  await put(
    'a form of two',
    form([
      ['name="a"; filename="a.png"', 'png'],
      ['name="b"; filename="b.png"', 'png'],
    ]),
    formType,
  )
  await put('a form that breaks off', form([['name="a"; filename="a.png"', 'png']]).subarray(0, 90), formType)
  await put('a text', 'no picture', 'image/png')
  await put('nothing', '', 'image/png')
  await put('JSON', { picture: 1 }, 'application/json')
  await put('half a PNG', png.subarray(0, png.length / 2), 'image/png')
  await put('a GIF', await testPicture().gif().toBuffer(), 'image/gif')
  await put('a large one', Buffer.alloc(1024 * 1024 + 1), 'image/png')
  await put('one as nobody', png, 'image/png', {})
  await put('one by cookie', png, 'image/png', { cookie: pia })
  await put('one by cookie from elsewhere', png, 'image/png', {
    headers: { cookie: pia.cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  })
  const picture = await script.call('a picture', 'GET /profile/avatar', { as: pia })
  const unchanged = { 'if-none-match': String(picture.headers.etag) }
  await script.call('a picture, unchanged', 'GET /profile/avatar', { cookie: pia, headers: unchanged })
  await script.call('a picture by HEAD', 'HEAD /profile/avatar', { as: pia })
  await script.call('a picture by its version', 'GET /profile/avatar?v=1', { as: pia })
  await script.call('a picture by size', 'GET /profile/avatar?size=64', { as: pia })
  await script.call('the profile with a picture', 'GET /profile', { as: pia })
  await script.call('an export with a picture', 'GET /account/export', { as: pia })
  await script.call('remove a picture', 'DELETE /profile/avatar', { as: pia })
}

import { cleanEmail, cleanText, fieldsOf } from './clean.ts'
import { type PlainOAuth, ProviderError } from './provider.ts'

const version = 'v23.0'

/** Facebook. It never says whether an address is verified, so its addresses are never taken over. */
export const facebook: PlainOAuth = {
  origins: { site: 'https://www.facebook.com', api: 'https://graph.facebook.com' },
  at: ({ site, api }) => ({
    issuer: site,
    authorize: `${site}/${version}/dialog/oauth`,
    token: `${api}/${version}/oauth/access_token`,
    scope: 'public_profile email',
    async person(get) {
      const profile = fieldsOf(await get(`${api}/${version}/me?fields=id,name,first_name,last_name,email`))
      const { id } = profile
      if (typeof id !== 'string' || !/^\d{1,32}$/.test(id)) throw new ProviderError('provider_failed', 'id')
      return {
        subject: id,
        email: cleanEmail(profile.email),
        emailVerified: false,
        nickname: cleanText(profile.name, 200),
        firstName: cleanText(profile.first_name, 100),
        lastName: cleanText(profile.last_name, 100),
      }
    },
  }),
}

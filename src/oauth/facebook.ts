import { cleanEmail, cleanText } from './clean.ts'
import { fieldsOf, type PlainOAuth } from './plain-oauth.ts'
import { ProviderError } from './provider.ts'

/** Where Facebook is; a test has its own. */
export const facebookAt = { site: 'https://www.facebook.com', api: 'https://graph.facebook.com' }

const version = 'v23.0'

/** Facebook. It never says whether an address is verified, so no address of its is taken over. */
export function facebook({ site, api }: typeof facebookAt): PlainOAuth {
  return {
    calledItself: site,
    authorize: `${site}/${version}/dialog/oauth`,
    token: `${api}/${version}/oauth/access_token`,
    scope: 'public_profile email',
    async person(get, issuer) {
      const profile = fieldsOf(await get(`${api}/${version}/me?fields=id,name,first_name,last_name,email`))
      const { id } = profile
      if (typeof id !== 'string' || !/^\d{1,32}$/.test(id)) throw new ProviderError('provider_failed', 'id')
      return {
        issuer,
        subject: id,
        email: cleanEmail(profile.email),
        emailVerified: false,
        nickname: cleanText(profile.name, 200),
        firstName: cleanText(profile.first_name, 100),
        lastName: cleanText(profile.last_name, 100),
      }
    },
  }
}

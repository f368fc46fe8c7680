import { cleanEmail, cleanText, fieldsOf } from './clean.ts'
import { type PlainOAuth, ProviderError } from './provider.ts'

/** GitHub: the account's number is the subject (names can be reassigned), the primary address counts when verified. */
export const github: PlainOAuth = {
  origins: { site: 'https://github.com', api: 'https://api.github.com' },
  at: ({ site, api }) => ({
    issuer: `${site}/login/oauth`,
    authorize: `${site}/login/oauth/authorize`,
    token: `${site}/login/oauth/access_token`,
    scope: 'read:user user:email',
    async person(get) {
      const { id, login, name } = fieldsOf(await get(`${api}/user`))
      if (!Number.isSafeInteger(id) || Number(id) < 1) throw new ProviderError('provider_failed', 'id')
      const addresses = await get(`${api}/user/emails`)
      const primary = (Array.isArray(addresses) ? addresses.map(fieldsOf) : []).find(
        address => address.primary === true,
      )
      const email = cleanEmail(primary?.email)
      return {
        subject: String(id),
        email,
        emailVerified: email !== null && primary?.verified === true,
        nickname: cleanText(login, 200),
        firstName: cleanText(name, 100),
        lastName: null,
      }
    },
  }),
}

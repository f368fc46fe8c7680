import { ApiProblem } from '../../../client/src/problem.ts'
import { sentence } from '../format.ts'
import { app } from '../texts.ts'

/** Where the sentences of the server belong. */

/** By field; `form` is what concerns none of them. */
export type FormErrors = Partial<Record<string, string>>

/** Codes that are about one field, whatever their sentence says. */
const fieldOf: Partial<Record<string, string>> = {
  username_taken: 'username',
  email_taken: 'email',
  password_too_common: 'password',
  sign_up_closed: 'invitation',
}

/**
 * The errors of a request beside the fields that they are about: sentences begin with the name of the field.
 * @param fields what the form has.
 */
export function errorsOf(error: unknown, fields: readonly string[]): FormErrors {
  if (!(error instanceof ApiProblem)) return { form: app.noAnswer }
  const found: FormErrors = {}
  for (const text of error.errors) {
    const [, name = '', rest = text] = /^([a-z_.]+) (.*)$/s.exec(text) ?? []
    const told = name.replace(/^(new_|.*\.)/, '')
    const field = fieldOf[error.code] ?? (fields.includes(told) ? told : 'form')
    const readable = told === field ? sentence(`${told} ${rest}`) : sentence(text)
    found[field] = [found[field], readable].filter(Boolean).join(' ')
  }
  return found
}

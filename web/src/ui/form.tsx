import { useState } from 'preact/hooks'
import { ApiProblem, NoAnswer } from '../../../client/src/problem.ts'
import { useAfterRender } from './after-render.ts'
import { errorsOf, type FormErrors } from './form-errors.ts'
import { Notice } from './notice.tsx'

/**
 * Sends a form, once at a time, and puts what goes wrong beside its fields; the first of them takes the focus.
 * @param fields their names.
 */
export function useForm(fields: readonly string[], send: (data: FormData) => Promise<void>) {
  const [errors, setErrors] = useState<FormErrors>({})
  const afterRender = useAfterRender()
  const [busy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (busy) return
    const form = event.currentTarget as HTMLFormElement
    setBusy(true)
    setErrors({})
    try {
      await send(new FormData(form))
    } catch (error) {
      if (!(error instanceof ApiProblem || error instanceof NoAnswer)) throw error
      setErrors(errorsOf(error, fields))
      afterRender(() => form.querySelector<HTMLElement>('[aria-invalid]')?.focus())
    } finally {
      setBusy(false)
    }
  }
  return { submit, errors, busy }
}

/** What concerns no field. */
export function FormError({ errors }: { errors: FormErrors }) {
  return errors.form === undefined ? null : <Notice tone="danger">{errors.form}</Notice>
}

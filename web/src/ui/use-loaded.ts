import { useCallback, useEffect, useState } from 'preact/hooks'
import { ApiProblem, NoAnswer, SignedOut } from '../../../client/src/problem.ts'
import { sentence } from '../format.ts'
import { app } from '../texts.ts'

export interface Loaded<T> {
  /** Undefined until it is there. */
  value: T | undefined
  /** Why it is not there, in a sentence. */
  error: string | undefined
  reload: () => Promise<void>
  /** Replaces the value by what is known to be true now. */
  set: (value: T) => void
}

/**
 * What only the server knows, loaded when the screen opens.
 * @param load is called anew when one of `of` changes.
 */
export function useLoaded<T>(load: () => Promise<T>, of: readonly unknown[] = []): Loaded<T> {
  const [state, setState] = useState<{ value?: T; error?: string }>({})
  const reload = useCallback(async () => {
    try {
      setState({ value: await load() })
    } catch (error) {
      setState(before => ({ ...before, error: sentenceOf(error) }))
    }
  }, [...of])
  useEffect(() => {
    void reload()
  }, [reload])
  return { value: state.value, error: state.error, reload, set: value => setState({ value }) }
}

/**
 * What went wrong with a request, for people.
 * @throws what is no failure of a request.
 */
export function sentenceOf(error: unknown): string {
  if (error instanceof ApiProblem) return sentence(error.message)
  if (error instanceof NoAnswer || error instanceof SignedOut) return app.noAnswer
  throw error
}

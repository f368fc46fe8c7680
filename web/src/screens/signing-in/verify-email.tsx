import { MailCheck, Unlink } from 'lucide'
import { useEffect, useState } from 'preact/hooks'
import { ApiProblem } from '../../../../client/src/problem.ts'
import { client } from '../../client.ts'
import { app, signingIn as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { takeCode } from './link-code.ts'

/** `error` says why: a link that is dead, or a server that does not answer. */
type State = { at: 'asking' | 'verified' | 'dead' | 'failed'; error?: string }

const titles = {
  asking: texts.verifyTitle,
  failed: texts.verifyTitle,
  verified: texts.verified,
  dead: texts.deadTitle,
}

export function VerifyEmail() {
  const [code] = useState(takeCode)
  const [{ at, error }, setState] = useState<State>({ at: code === '' ? 'dead' : 'asking' })
  useEffect(() => {
    if (at !== 'asking') return
    client.account.verifyEmail({ code }).then(
      () => setState({ at: 'verified' }),
      (problem: unknown) => {
        if (!(problem instanceof ApiProblem)) setState({ at: 'failed', error: app.noAnswer })
        else if (problem.code === 'invalid_code') setState({ at: 'dead' })
        else setState({ at: 'failed', error: problem.message })
      },
    )
  }, [at])
  return (
    <Page title={titles[at]}>
      {at === 'asking' && <Skeleton lines={1} />}
      {at === 'failed' && (
        <Notice tone="danger" action={<Button onClick={() => setState({ at: 'asking' })}>{app.retry}</Button>}>
          {error}
        </Notice>
      )}
      {at === 'verified' && (
        <EmptyState icon={MailCheck}>
          <p>{texts.verifiedWhy}</p>
          <a class="button button-primary" href="/app/">
            {texts.goOn}
          </a>
        </EmptyState>
      )}
      {at === 'dead' && (
        <EmptyState icon={Unlink}>
          <p>{texts.deadVerification}</p>
          <a class="button button-primary" href="/app/">
            {texts.goOn}
          </a>
        </EmptyState>
      )}
    </Page>
  )
}

import { SignOut } from '../../shell/sign-out.tsx'
import { placeholder, account as texts } from '../../texts.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Page } from '../../ui/page.tsx'

export default function Account() {
  return (
    <Page title={texts.title}>
      <EmptyState title={placeholder} />
      <SignOut />
    </Page>
  )
}

import { placeholder, today as texts } from '../../texts.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Page } from '../../ui/page.tsx'

export default function Today() {
  return (
    <Page title={texts.title}>
      <EmptyState title={placeholder} />
    </Page>
  )
}

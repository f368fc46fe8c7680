import { app } from '../texts.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Page } from '../ui/page.tsx'

export function NotFound() {
  return (
    <Page title={app.notFound} titleHidden>
      <EmptyState title={app.notFound}>
        <a href="/app/">{app.toToday}</a>
      </EmptyState>
    </Page>
  )
}

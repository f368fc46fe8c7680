import './admin.css'
import type { JSX } from 'preact'
import { useLocation } from 'preact-iso'
import { who } from '../../session.ts'
import { admin as texts } from '../../texts.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Page } from '../../ui/page.tsx'
import { Audit } from './audit.tsx'
import { Dashboard } from './dashboard.tsx'
import { People } from './people.tsx'

const tabs: readonly { path: string; name: string; screen: () => JSX.Element }[] = [
  { path: '', name: texts.tabs.dashboard, screen: Dashboard },
  { path: 'people', name: texts.tabs.people, screen: People },
  { path: 'audit', name: texts.tabs.audit, screen: Audit },
]

/** For admins: how the installation is used, who is there, and what was done to accounts. Nothing that people wrote. */
export default function Admin() {
  const part = useLocation().path.split('/')[3] ?? ''
  const here = tabs.find(({ path }) => path === part) ?? tabs[0]
  if (who.value?.role !== 'admin' || !here)
    return (
      <Page title={texts.title}>
        <EmptyState title={texts.forAdmins} />
      </Page>
    )
  const Screen = here.screen
  return (
    <Page key={here.path} title={here.path === '' ? texts.title : here.name} wide>
      <nav class="admin-tabs" aria-label={texts.parts}>
        {tabs.map(({ path, name }) => (
          <a
            key={path}
            href={path === '' ? '/app/admin' : `/app/admin/${path}`}
            aria-current={path === here.path ? 'page' : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      <Screen />
    </Page>
  )
}

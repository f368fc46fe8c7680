import { ArrowLeft } from 'lucide'
import type { ComponentChildren } from 'preact'
import { account as texts } from '../../texts.ts'
import { Icon } from '../../ui/icon.tsx'
import { Page } from '../../ui/page.tsx'

/** A part of the account, and the way back. */
export function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div>
      <nav class="account-back" aria-label={texts.title}>
        <a href="/app/account">
          <Icon of={ArrowLeft} />
          {texts.title}
        </a>
      </nav>
      <Page title={title}>{children}</Page>
    </div>
  )
}

/** A group of things that belong together, with a heading. */
export function Group({ title, hint, children }: { title: string; hint?: string; children: ComponentChildren }) {
  return (
    <section class="account-group">
      <h2>{title}</h2>
      {hint && <p class="account-hint">{hint}</p>}
      {children}
    </section>
  )
}

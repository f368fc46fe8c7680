import { useState } from 'preact/hooks'
import { client } from '../../client.ts'
import { dayAndTime, wordsFor } from '../../format.ts'
import { account, admin as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Loading } from '../../ui/loading.tsx'
import { useLoaded } from '../../ui/use-loaded.ts'

const perPage = 50

/** What admins did to accounts, the latest first. */
export function Audit() {
  const [pages, setPages] = useState(1)
  const loaded = useLoaded(async () => {
    const all = await Promise.all(
      Array.from({ length: pages }, (_, i) => client.admin.audit({ page: i + 1, per_page: perPage })),
    )
    const actions = all.flatMap(({ audit }) => audit)
    const ids = [...new Set(actions.flatMap(({ actor_id, target_id }) => [actor_id, target_id]))]
    return { actions, total: all[0]?.total ?? 0, names: await namesOf(ids.filter(id => id !== null)) }
  }, [pages])
  return (
    <Loading of={loaded}>
      {({ actions, total, names }) =>
        total === 0 ? (
          <EmptyState title={texts.noAudit}>
            <p>{texts.noAuditWhy}</p>
          </EmptyState>
        ) : (
          <>
            <ol class="card-list admin-audit">
              {actions.map(one => (
                <li key={one.id}>
                  <time dateTime={one.at}>{dayAndTime(one.at)}</time>
                  <span>
                    <strong>{one.actor_id ? (names.get(one.actor_id) ?? texts.gone) : texts.theServer}</strong>{' '}
                    {wordsFor(texts.audit, one.kind)} {one.role && texts.became(wordsFor(account.roles, one.role))}
                    {' · '}
                    {(one.target_id && names.get(one.target_id)) ?? texts.gone}
                  </span>
                </li>
              ))}
            </ol>
            {actions.length < total && <Button onClick={() => setPages(pages + 1)}>{texts.more}</Button>}
          </>
        )
      }
    </Loading>
  )
}

/** The names of accounts that still exist. */
async function namesOf(ids: readonly string[]): Promise<Map<string, string>> {
  const found = await Promise.all(ids.map(id => client.admin.person(id).catch(() => undefined)))
  return new Map(found.filter(one => one !== undefined).map(({ id, username }) => [id, username]))
}

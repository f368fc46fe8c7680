import { useState } from 'preact/hooks'
import type { PersonList, PersonQuery } from '../../../../client/src/wire.ts'
import { client } from '../../client.ts'
import { account, admin as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Field } from '../../ui/field.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Select } from '../../ui/select.tsx'
import { useLoaded } from '../../ui/use-loaded.ts'
import { PersonDialog } from './person-dialog.tsx'

const perPage = 50
const roles = ['member', 'instructor', 'admin'] as const
const states = ['active', 'disabled'] as const

/** Who has an account here. */
export function People() {
  const [query, setQuery] = useState<PersonQuery>({})
  const [pages, setPages] = useState(1)
  const [opened, open] = useState<string>()
  const loaded = useLoaded(async () => {
    const all = await Promise.all(
      Array.from({ length: pages }, (_, i) => client.admin.people({ ...query, page: i + 1, per_page: perPage })),
    )
    return { users: all.flatMap(({ users }) => users), total: all[0]?.total ?? 0 }
  }, [JSON.stringify(query), pages])
  const narrow = (more: Partial<PersonQuery>) => {
    setPages(1)
    setQuery(before => ({ ...before, ...more }))
  }
  return (
    <>
      <search class="admin-search">
        <Field
          label={texts.search}
          type="search"
          autocomplete="off"
          onChange={event => narrow({ q: event.currentTarget.value.trim() || undefined } as PersonQuery)}
        />
        <Select
          label={texts.role}
          onChange={event => narrow({ role: event.currentTarget.value || undefined } as PersonQuery)}
        >
          <option value="">{texts.anyRole}</option>
          {roles.map(role => (
            <option key={role} value={role}>
              {account.roles[role]}
            </option>
          ))}
        </Select>
        <Select
          label={texts.state}
          onChange={event => narrow({ state: event.currentTarget.value || undefined } as PersonQuery)}
        >
          <option value="">{texts.anyState}</option>
          {states.map(state => (
            <option key={state} value={state}>
              {texts.states[state]}
            </option>
          ))}
        </Select>
      </search>
      <Loading of={loaded}>
        {({ users, total }) =>
          total === 0 ? (
            <EmptyState title={texts.nobody} />
          ) : (
            <>
              <p role="status">{texts.found(total)}</p>
              <ul class="card-list">
                {users.map(one => (
                  <li key={one.id}>
                    <PersonRow person={one} onOpen={() => open(one.id)} />
                  </li>
                ))}
              </ul>
              {users.length < total && <Button onClick={() => setPages(pages + 1)}>{texts.more}</Button>}
            </>
          )
        }
      </Loading>
      {opened && <PersonDialog id={opened} onClose={() => open(undefined)} onChanged={loaded.reload} />}
    </>
  )
}

function PersonRow({ person, onOpen }: { person: PersonList['users'][number]; onOpen: () => void }) {
  return (
    <button type="button" class="admin-person" onClick={onOpen}>
      <span>
        <strong dir="auto">{person.username}</strong>
        <small dir="auto">{person.email}</small>
      </span>
      {person.disabled && <span class="chip admin-disabled">{texts.states.disabled}</span>}
      <span class="chip">{account.roles[person.role]}</span>
    </button>
  )
}

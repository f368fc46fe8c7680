import { Download } from 'lucide'
import { useState } from 'preact/hooks'
import { client } from '../../client.ts'
import { sync } from '../../device.ts'
import { sentenceOf } from '../../failures.ts'
import { dayAndTime, wordsFor } from '../../format.ts'
import { account as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Notice } from '../../ui/notice.tsx'
import { useOwnerProof } from '../../ui/owner-proof.tsx'
import { toast } from '../../ui/toast.tsx'
import { useLoaded } from '../../ui/use-loaded.ts'
import { ImportFile } from './import-file.tsx'
import { Group, Part } from './part.tsx'

const { data: words } = texts

/** How an import ended; of one in a state that this app does not know, how many entries it made. */
function stateOf({ status, created }: { status: keyof typeof words.states; created: number }): string {
  return (words.states[status] ?? words.states.done)(created)
}

/** History in and out. */
export function Data() {
  const imports = useLoaded(async () => (await client.moods.imports({ per_page: 20 })).imports)
  const [error, setError] = useState<string>()
  const undo = async (id: string) => {
    try {
      const { import: undone } = await client.moods.undoImport(id)
      await Promise.all([imports.reload(), sync()])
      toast(words.undone(undone.created))
    } catch (problem) {
      setError(sentenceOf(problem))
    }
  }
  return (
    <Part title={words.title}>
      <Group title={words.import} hint={words.importHint}>
        <ImportFile onImported={imports.reload} onUndo={undo} />
        {error && <Notice tone="danger">{error}</Notice>}
      </Group>
      {imports.value !== undefined && imports.value.length > 0 && (
        <Group title={words.earlier}>
          <Loading of={imports}>
            {list => (
              <ul class="card-list account-list">
                {list.map(one => (
                  <li key={one.id}>
                    <span>
                      <strong>{wordsFor(words.formats, one.format)}</strong>
                      <small>
                        {stateOf(one)} · <time dateTime={one.created_at}>{dayAndTime(one.created_at)}</time>
                      </small>
                    </span>
                    {one.status !== 'undone' && one.status !== 'running' && one.created > 0 && (
                      <Button look="plain" onClick={() => undo(one.id)}>
                        {words.undo}
                      </Button>
                    )}
                  </li>
                ))}
              </ul>
            )}
          </Loading>
        </Group>
      )}
      <Group title={words.export} hint={words.exportHint}>
        <div class="account-buttons">
          <Save href="/mood/export?format=csv" name={words.csv} />
          <Save href="/mood/export?format=json&with=trash,revisions" name={words.json} />
          <Everything />
        </div>
      </Group>
    </Part>
  )
}

const Save = ({ href, name }: { href: string; name: string }) => (
  <a class="button button-secondary" href={href} download>
    <Icon of={Download} />
    {name}
  </a>
)

/** The whole account as one file; the server wants to know that it is the owner. */
function Everything() {
  const { asOwner, proof } = useOwnerProof()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const save = async () => {
    setBusy(true)
    setError(undefined)
    try {
      await asOwner(async () => {
        const everything = JSON.stringify(await client.account.export())
        const url = URL.createObjectURL(new Blob([everything], { type: 'application/json' }))
        const link = Object.assign(document.createElement('a'), { href: url, download: 'moodstreak-account.json' })
        link.click()
        // Not at once: some browsers read it after the click.
        setTimeout(() => URL.revokeObjectURL(url), 60_000)
      })
    } catch (problem) {
      setError(sentenceOf(problem))
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <Button icon={Download} busy={busy} onClick={save}>
        {words.everything}
      </Button>
      {error && <Notice tone="danger">{error}</Notice>}
      {proof}
    </>
  )
}

import { FileUp } from 'lucide'
import { useState } from 'preact/hooks'
import { sync } from '../../device.ts'
import { sentenceOf } from '../../failures.ts'
import { fullDay, number, wordsFor } from '../../format.ts'
import { app, account as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Notice } from '../../ui/notice.tsx'
import { VisuallyHidden } from '../../ui/visually-hidden.tsx'
import { importFile, type LabelMap, type MoodImport, tryFile } from './import-request.ts'
import { UnknownLabels } from './unknown-labels.tsx'

const { data: words } = texts

/** Where an import stands: first what would happen, then doing it, then how it went. */
type Step =
  | { at: 'choosing'; error?: string }
  | { at: 'reading'; file: File }
  | { at: 'preview'; file: File; result: MoodImport; error?: string }
  | { at: 'importing'; file: File; of: number; rows: number }
  | { at: 'done'; result: MoodImport }
type StepAt<At extends Step['at']> = Extract<Step, { at: At }>

interface Props {
  onImported: () => unknown
  onUndo: (id: string) => Promise<void>
}

/** Takes a file of another app, says what would come of it, and imports it. */
export function ImportFile({ onImported, onUndo }: Props) {
  const [step, go] = useState<Step>({ at: 'choosing' })
  const [map, setMap] = useState<LabelMap>({})

  const look = async (file: File) => {
    setMap({})
    go({ at: 'reading', file })
    try {
      go({ at: 'preview', file, result: await tryFile(file) })
    } catch (error) {
      go({ at: 'choosing', error: sentenceOf(error) })
    }
  }
  const run = async ({ file, result: preview }: StepAt<'preview'>) => {
    go({ at: 'importing', file, of: preview.rows, rows: 0 })
    try {
      const result = await importFile(file, map, rows => go({ at: 'importing', file, of: preview.rows, rows }))
      go({ at: 'done', result })
      await Promise.all([sync(), onImported()])
    } catch (error) {
      go({ at: 'preview', file, result: preview, error: sentenceOf(error) })
    }
  }
  const again = () => go({ at: 'choosing' })
  return (
    <>
      <VisuallyHidden role="status">{saidOf(step)}</VisuallyHidden>
      {step.at === 'choosing' && <Chooser error={step.error} onFile={look} />}
      {step.at === 'reading' && <Progress text={words.reading(step.file.name)} />}
      {step.at === 'preview' && (
        <Preview step={step} map={map} onMap={setMap} onImport={() => run(step)} onCancel={again} />
      )}
      {step.at === 'importing' && (
        <Progress text={words.importing(step.rows, step.of)} value={step.rows} max={step.of} />
      )}
      {step.at === 'done' && <Done result={step.result} onClose={again} onUndo={onUndo} />}
    </>
  )
}

interface PreviewProps {
  step: StepAt<'preview'>
  map: LabelMap
  onMap: (map: LabelMap) => void
  onImport: () => void
  onCancel: () => void
}

function Preview({ step: { result, error }, map, onMap, onImport, onCancel }: PreviewProps) {
  return (
    <div class="account-import">
      <p class="account-import-figure">{words.would(result.created)}</p>
      <Facts result={result} />
      {result.unknown_labels.length > 0 && <UnknownLabels labels={result.unknown_labels} map={map} onMap={onMap} />}
      {error && <Notice tone="danger">{error}</Notice>}
      <div class="account-buttons">
        {result.created > 0 && (
          <Button look="primary" onClick={onImport}>
            {words.doImport(result.created)}
          </Button>
        )}
        <Button onClick={onCancel}>{app.cancel}</Button>
      </div>
    </div>
  )
}

function Done({ result, onClose, onUndo }: { result: MoodImport; onClose: () => void; onUndo: Props['onUndo'] }) {
  const undo = async () => {
    await onUndo(result.id)
    onClose()
  }
  return (
    <div class="account-import">
      <p class="account-import-figure">{words.done(result.created)}</p>
      <Facts result={result} isDone />
      <div class="account-buttons">
        <Button look="primary" onClick={onClose}>
          {words.close}
        </Button>
        {result.created > 0 && <Button onClick={undo}>{words.undo}</Button>}
      </div>
    </div>
  )
}

/** What a screen reader hears of a step: progress is told once. */
function saidOf(step: Step): string {
  if (step.at === 'reading') return words.reading(step.file.name)
  if (step.at === 'importing') return words.importing(0, step.of)
  if (step.at === 'preview') return words.would(step.result.created)
  return step.at === 'done' ? words.done(step.result.created) : ''
}

function Chooser({ error, onFile }: { error: string | undefined; onFile: (file: File) => void }) {
  const [isOver, setOver] = useState(false)
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    const [file] = event.dataTransfer?.files ?? []
    if (file) onFile(file)
  }
  return (
    <>
      {error && <Notice tone="danger">{error}</Notice>}
      <label
        class="account-drop"
        data-over={isOver || undefined}
        onDragOver={event => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <Icon of={FileUp} size={28} />
        <strong>{words.choose}</strong>
        <small>{words.chooseHint}</small>
        <input
          class="visually-hidden"
          type="file"
          onChange={event => {
            const [file] = event.currentTarget.files ?? []
            if (file) onFile(file)
          }}
        />
      </label>
    </>
  )
}

function Progress({ text, value, max }: { text: string; value?: number; max?: number }) {
  return (
    <div class="account-import">
      <p>{text}</p>
      <progress aria-label={words.import} {...(max && { value, max })} />
    </div>
  )
}

/** What became of the rows, or would; each refused one with its reason. */
function Facts({ result, isDone }: { result: MoodImport; isDone?: boolean }) {
  const { from, to, duplicates, refused, refused_total: refusals, longest_before, longest_after } = result
  const hasGrown = longest_after !== null && longest_after > longest_before
  return (
    <>
      <ul class="account-facts">
        <li>{words.isFile(wordsFor(words.formats, result.format))}</li>
        {from && to && <li>{words.span(fullDay(from), fullDay(to))}</li>}
        {duplicates > 0 && <li>{words.duplicates(duplicates)}</li>}
        {hasGrown && <li>{(isDone ? words.longestIs : words.longestWouldBe)(longest_after)}</li>}
        {result.ignored_columns.length > 0 && <li>{words.ignored(result.ignored_columns)}</li>}
      </ul>
      {refusals > 0 && (
        <details class="account-more">
          <summary>{words.refused(refusals)}</summary>
          <ol class="account-refused">
            {refused.slice(0, 200).map(({ line, reason }) => (
              <li key={line}>
                <b>{words.line(line)}</b> {reason}
              </li>
            ))}
          </ol>
          {refusals > 200 && <p>{words.andMore(number(refusals - 200))}</p>}
        </details>
      )}
    </>
  )
}

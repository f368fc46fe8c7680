import type { OneMoodImport } from '../../../../client/src/wire.ts'
import { client } from '../../client.ts'

export type MoodImport = OneMoodImport['import']
/** What unknown labels mean: moods on the person's scale. */
export type LabelMap = Readonly<Record<string, number>>

/** A large file on a slow phone takes its time. */
const timeoutMs = 15 * 60_000
const pollMs = 700

/** What would happen; nothing is stored. */
export const tryFile = (file: Blob): Promise<MoodImport> => send(file, {}, { dry_run: true })

/** Imports a file, and tells of the rows that are done meanwhile. */
export async function importFile(file: Blob, map: LabelMap, told: (rows: number) => void): Promise<MoodImport> {
  const id = client.newId()
  let isDone = false
  const poll = async () => {
    while (!isDone) {
      await new Promise(resolve => setTimeout(resolve, pollMs))
      const { import: soFar } = await client.moods.import(id)
      if (!isDone) told(soFar.rows)
    }
  }
  // Progress is a courtesy: without it the import goes on.
  poll().catch(() => {})
  try {
    return await send(file, map, { id })
  } finally {
    isDone = true
  }
}

async function send(file: Blob, map: LabelMap, query: object): Promise<MoodImport> {
  const body = Object.keys(map).length === 0 ? new Blob([file], { type: 'application/octet-stream' }) : form(file, map)
  const { body: answer } = await client.request({ method: 'POST', path: '/mood/import', query, body, timeoutMs })
  return (answer as OneMoodImport).import
}

/** A form with both. Of `FormData` the browser makes one only where it sends it itself. */
function form(file: Blob, map: LabelMap): Blob {
  const boundary = `moodstreak-${client.newId()}`
  const part = (head: string) => `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n`
  return new Blob(
    [
      `${part('name="map"')}\r\n${JSON.stringify(map)}\r\n`,
      `${part('name="file"; filename="file"')}Content-Type: application/octet-stream\r\n\r\n`,
      file,
      `\r\n--${boundary}--\r\n`,
    ],
    { type: `multipart/form-data; boundary=${boundary}` },
  )
}

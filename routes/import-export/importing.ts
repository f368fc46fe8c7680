import type { TSchema } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { type ImportId, idFrom, newId, type UserId } from '../../src/ids.ts'
import { ByteReader } from '../../src/imports/bytes.ts'
import type { Formats } from '../../src/imports/formats.ts'
import { otherImportRunning, type StoredImport } from '../../src/imports/import-store.ts'
import type { Source } from '../../src/imports/row.ts'
import { abandonedBy } from '../../src/streaming/abandoned.ts'
import type { ImportFormat, ImportSummary, Scope } from '../../src/vocabulary.ts'
import { guarded, problems, withBody, withReceipt } from '../wire.ts'
import { drain, openUpload } from './import-body.ts'

/** Shared by the routes that import files, whatever these become. */

/** For a plugin of its own, because parsers of content types apply to a whole plugin: the handler reads the body as it comes. */
export function acceptFiles(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _body, done) => done(null, undefined))
}

/**
 * The answers of a route that imports.
 * @param one the schema of an import.
 * @param either the same, or what a token gets that may not read it.
 */
export const importAnswers = <S extends TSchema>(one: S, either: TSchema) => ({
  201: withReceipt(ref(one, 'The import.'), either),
  200: withReceipt(ref(one, 'Dry run: the import as it would be.'), either),
  ...problems(
    ...guarded,
    ...withBody,
    'unreadable_file',
    'import_running',
    'id_taken',
    'too_busy',
    'cross_site_request',
  ),
})

interface Receiving {
  /** Where imports of its kind are. */
  path: string
  /** What the answer takes. */
  scope: Scope
  /** Imports it. */
  run(id: ImportId, dryRun: boolean): Promise<object>
}

type ImportRequest = FastifyRequest<{ Querystring: { id?: string; dry_run?: boolean } }>

/**
 * Answers when the file of a request is imported.
 * @throws {ApiError} what `run` throws, when the rest of the body has been read; `import_running`, `too_busy`.
 */
export async function receive(request: ImportRequest, reply: FastifyReply, to: Receiving) {
  const { dry_run: dryRun = false, id: chosen } = request.query
  const id = chosen === undefined ? newId<ImportId>() : idFrom<ImportId>(chosen)
  const { user } = request.principal
  const { importQueue: queue } = request.server
  if (queue.has(user.id)) throw otherImportRunning()
  const slot = await queue.enter({ account: user.id, network: request.network }, abandonedBy(reply.raw))
  const made = await to
    .run(id, dryRun)
    .catch(async error => {
      await drain(request, reply)
      throw error
    })
    .finally(slot.release)
  if (!dryRun) reply.code(201).header('Location', `${to.path}/${id}`)
  else reply.code(200)
  return reply.resourceOrReceipt(
    to.scope,
    () => ({ import: made }),
    () => ({ import: { id } }),
  )
}

interface Opening<Format extends ImportFormat, F> extends Omit<Formats<Format, F>, 'names'> {
  /** As the request names it. */
  wanted: Format | 'auto' | undefined
}

/**
 * The file of a request, of which the beginning has been read.
 * @param begin is given the field `map` before anything of the file is read.
 */
export async function openFile<Format extends ImportFormat, F>(
  request: FastifyRequest,
  { wanted = 'auto', recognize, readerOf, maxBytesOf }: Opening<Format, F>,
  begin?: (map: string | undefined) => void,
) {
  const upload = await openUpload(request)
  begin?.(upload.map)
  let tick = async () => {}
  const file = new ByteReader(ticking(upload.bytes, () => tick()))
  const format = wanted === 'auto' ? await recognize(file) : wanted
  upload.limit(maxBytesOf(format))
  return {
    format,
    /** Its rows; between two of its chunks it is told of. */
    open(told: () => Promise<void>, ignored: Source['ignored']) {
      tick = told
      return readerOf(format)({ bytes: file.rest(), ignored })
    },
  }
}

async function* ticking(bytes: AsyncIterable<Buffer>, tick: () => Promise<void>) {
  for await (const chunk of bytes) {
    await tick()
    yield chunk
  }
}

/** What every run of an import takes from its request. */
export function runOptions({ principal, commit, server }: FastifyRequest) {
  return {
    userId: principal.user.id as UserId,
    commit,
    commitUnguarded: server.commitUnguarded,
    now: server.now,
    stopping: server.stopping,
  }
}

/** @throws {ApiError} `not_found`. */
export function existingImport<S extends ImportSummary>(found: StoredImport<S> | undefined): StoredImport<S> {
  if (!found) throw new ApiError('not_found', 'No such import.')
  return found
}

/** An import in wire names. */
export function describeImport<F extends ImportFormat, S extends ImportSummary>({
  id,
  format,
  state,
  summary,
  createdAt,
  undoneAt,
}: Pick<StoredImport, 'id' | 'state' | 'createdAt' | 'undoneAt'> & { format: F; summary: S }) {
  const { undone_streak: _, ...shown } = summary as S & { undone_streak?: number }
  return {
    id,
    format,
    status: state,
    ...(shown as Omit<S, 'undone_streak'>),
    created_at: createdAt,
    undone_at: undoneAt,
  }
}

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { changeFeed } from '../../src/sync/feed.ts'
import { versionReader } from '../../src/sync/versions.ts'
import { taskStore } from '../../src/tasks/task-store.ts'
import { yogaLibrary } from '../../src/yoga/library.ts'
import type { MoodContext } from '../mood/context.ts'
import { describeSequence } from '../yoga/context.ts'
import read from './read.ts'
import { SyncAnswer } from './schemas.ts'
import stream from './stream.ts'
import write from './write.ts'

/** Devices that are offline now and then: what they did, and what they do not know (docs/sync.md). */
const sync: FastifyPluginAsyncTypebox<MoodContext> = async (app, moods) => {
  app.addSchema(SyncAnswer)
  const library = yogaLibrary(app.database, app.quotas, app.cacheSizes.searchedTexts)
  const context = {
    ...moods,
    readState: versionReader(app.database),
    readFeed: changeFeed(app.database, sequence => describeSequence(library, sequence.userId, sequence)),
  }

  await app.register(write, { ...context, library, tasks: taskStore(app.database, app.quotas) })
  await app.register(read, context)
  await app.register(stream, context)
}
export default sync

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { yogaLibrary } from '../../src/yoga/library.ts'
import { Receipt } from '../wire.ts'
import exported from './export.ts'
import imports from './imports.ts'
import items from './items.ts'
import list from './list.ts'
import onePractice from './one-practice.ts'
import { Pose, PoseList, PoseOrReceipt } from './pose-schemas.ts'
import poses from './poses.ts'
import { Practice, PracticeList, PracticeOrReceipt } from './practice-schemas.ts'
import practices from './practices.ts'
import { Check, Item, Sequence, SequenceList, SequenceOrReceipt, SequenceSummary } from './sequence-schemas.ts'
import sequences from './sequences.ts'
import sharing from './sharing.ts'

/** Yoga: poses, sequences and practices. */
const yoga: FastifyPluginAsyncTypebox = async app => {
  const shared = [
    Receipt,
    PoseOrReceipt,
    SequenceOrReceipt,
    PracticeOrReceipt,
    Pose,
    PoseList,
    Item,
    SequenceSummary,
    Sequence,
    SequenceList,
    Check,
    Practice,
    PracticeList,
  ]
  for (const schema of shared) app.addSchema(schema)
  // Every answer here depends on the credential.
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('Vary', 'Origin, Authorization, Cookie')
    done()
  })
  const context = yogaLibrary(app.database, app.quotas, app.cacheSizes.searchedTexts)

  await app.register(poses, context)
  await app.register(list, context)
  await app.register(sequences, context)
  await app.register(items, context)
  await app.register(sharing, context)
  await app.register(practices, context)
  await app.register(onePractice, context)
  await app.register(imports)
  await app.register(exported, { store: context.practices })
}
export default yoga

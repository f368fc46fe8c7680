import type { MoodStats } from '../../../../client/src/wire.ts'
import { client } from '../../client.ts'
import { ownShelf } from '../../device.ts'
import { isUnreached } from '../../failures.ts'

/** What `GET /mood/stats` said, kept on the device by its ETag. */

export const periods = ['quarter', 'year', 'all'] as const
export type Period = (typeof periods)[number]

export interface KeptStats {
  stats: MoodStats
  etag: string | null
  /** When the server said so (epoch ms). */
  at: number
}

const shelfName = (period: Period) => `insights/${period}`

export const lastStats = async (period: Period): Promise<KeptStats | undefined> =>
  ownShelf()?.get<KeptStats>(shelfName(period))

/**
 * Asks the server.
 * @param last what is known already.
 * @param from the first day of the period.
 * @returns undefined where there is no answer.
 * @throws {ApiProblem} of the server's.
 */
export async function askForStats(
  period: Period,
  from: string | undefined,
  last: KeptStats | undefined,
): Promise<KeptStats | undefined> {
  try {
    const { status, headers, body } = await client.request({
      method: 'GET',
      path: '/mood/stats',
      query: from === undefined ? {} : { from },
      ...(last?.etag && { headers: { 'If-None-Match': last.etag } }),
    })
    const at = Date.now()
    const stats = status === 304 && last ? last.stats : (body as MoodStats)
    const kept = { stats, etag: headers.get('ETag'), at }
    await ownShelf()?.put(shelfName(period), kept)
    return kept
  } catch (error) {
    if (isUnreached(error)) return undefined
    throw error
  }
}

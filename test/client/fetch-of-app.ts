import type { InjectOptions } from 'fastify'
import type { App } from '../helper.ts'

/** A `fetch` that asks an app in this process. */
export function fetchOf(app: App) {
  return async (url: string, init: RequestInit): Promise<Response> => {
    const { body } = init
    const payload = body instanceof Blob ? Buffer.from(await body.arrayBuffer()) : (body as string | undefined)
    const headers = {
      ...(init.headers as Record<string, string>),
      ...(body instanceof Blob && { 'content-type': body.type }),
    }
    const method = init.method as NonNullable<InjectOptions['method']>
    const answer = await app.inject({ method, url, headers, ...(payload !== undefined && { payload }) })
    const noBody = [204, 304].includes(answer.statusCode)
    return new Response(noBody ? null : answer.rawPayload, {
      status: answer.statusCode,
      headers: answer.headers as Record<string, string>,
    })
  }
}

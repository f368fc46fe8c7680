import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Role } from '../src/vocabulary.ts'

/** A request of a `.http` file, with its variables still in it. */
export interface HttpRequest {
  title: string
  /** The name of its answer in later requests. */
  name: string | undefined
  /** The prompt before the client sends it. */
  prompt: string | undefined
  /** A role that the operator must grant before, and the name of the user's sign-up answer. */
  grant: { role: Role; name: string } | undefined
  method: string
  url: string
  headers: Record<string, string>
  body: string | undefined
}

/** A target of requests: the API in this process, or something in front of it. */
export interface Receiver {
  inject(options: InjectOptions): Promise<Pick<LightMyRequestResponse, 'statusCode' | 'body' | 'cookies' | 'json'>>
}

/** The requests of docs/moodstreak.http, which leaves out no endpoint (docs.test.ts). */
export function everyRequest(): HttpRequest[] {
  return parseHttpFile(readFileSync(resolve(import.meta.dirname, '../docs/moodstreak.http'), 'utf8'))
}

/** Reads the requests of a `.http` file, as VS Code's REST Client does. */
export function parseHttpFile(text: string): HttpRequest[] {
  return text
    .split(/^###/m)
    .slice(1)
    .map(block => {
      const lines = block.split('\n')
      const title = (lines.shift() as string).trim()
      const name = lines.map(line => /^# @name (\w+)/.exec(line)?.[1]).find(found => found !== undefined)
      const prompt = lines.map(line => /^# @prompt (\w+)/.exec(line)?.[1]).find(found => found !== undefined)
      const [, role, of] = lines.map(line => /^# @grant (\w+) (\w+)/.exec(line)).find(found => found !== null) ?? []
      const [head = '', ...rest] = lines
        .filter(line => !line.startsWith('#'))
        .join('\n')
        .trim()
        .split('\n\n')
      const [request = '', ...headers] = head.split('\n')
      const [method = '', url = ''] = request.split(' ')
      return {
        title,
        name,
        prompt,
        grant: of === undefined ? undefined : { role: role as Role, name: of },
        method,
        url: url.replace('{{host}}', ''),
        headers: Object.fromEntries(headers.map(line => line.split(/: (.*)/).slice(0, 2) as [string, string])),
        body: rest.length > 0 ? rest.join('\n\n') : undefined,
      }
    })
}

/**
 * Sends the requests one after the other, keeps cookies like a client, and fills answers into later requests.
 * @param person.ask returns the input to a prompt.
 * @param person.grant gives a user a role, as the operator would.
 */
export async function runHttpFile(
  app: Receiver,
  requests: readonly HttpRequest[],
  person: { ask?(): Promise<string>; grant?(userId: string, role: Role): unknown },
) {
  const answers: Record<string, unknown> = {}
  const cookies: Record<string, string> = {}
  const results = []
  for (const { title, name, prompt, grant, method, url, headers, body: template } of requests) {
    if (grant) await person.grant?.((answers[grant.name] as { id: string }).id, grant.role)
    const body = prompt ? template?.replace(`{{${prompt}}}`, (await person.ask?.()) ?? '') : template
    const fill = (text: string) =>
      text.replace(/\{\{(\w+)\.response\.body\.(?:\$\.)?([\w.[\]]+)\}\}/g, (_, from: string, path: string) =>
        String(
          path
            .split(/[.[\]]+/)
            .reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], answers[from]),
        ),
      )
    const answer = await app.inject({
      method: method as 'GET',
      url: fill(url),
      headers: Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, fill(value)])),
      cookies,
      ...(body !== undefined && { payload: payloadOf(fill(body)) }),
    })
    for (const cookie of answer.cookies) cookies[cookie.name] = cookie.value
    if (name) answers[name] = answer.json()
    results.push({ title, status: answer.statusCode, body: answer.body })
  }
  return { results, answers }
}

/** A body as it is, or the file that `< ./picture.png` names, beside the `.http` file. */
function payloadOf(body: string): string | Buffer {
  const [, file] = /^< (\S+)\s*$/.exec(body) ?? []
  return file === undefined ? body : readFileSync(resolve(import.meta.dirname, '../docs', file))
}

import type { App } from './helper.ts'

/** A request of a `.http` file, with its variables still in it. */
export interface HttpRequest {
  title: string
  /** What later requests call its answer. */
  name: string | undefined
  method: string
  url: string
  headers: Record<string, string>
  body: string | undefined
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
        method,
        url: url.replace('{{host}}', ''),
        headers: Object.fromEntries(headers.map(line => line.split(/: (.*)/).slice(0, 2) as [string, string])),
        body: rest.length > 0 ? rest.join('\n\n') : undefined,
      }
    })
}

/** Sends the requests one after the other, keeps cookies like a client does, and fills answers into later requests. */
export async function runHttpFile(app: App, requests: readonly HttpRequest[]) {
  const answers: Record<string, unknown> = {}
  const cookies: Record<string, string> = {}
  const results = []
  for (const { title, name, method, url, headers, body } of requests) {
    const fill = (text: string) =>
      text.replace(/\{\{(\w+)\.response\.body\.([\w.]+)\}\}/g, (_, from: string, path: string) =>
        String(
          path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], answers[from]),
        ),
      )
    const answer = await app.inject({
      method: method as 'GET',
      url: fill(url),
      headers: Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, fill(value)])),
      cookies,
      ...(body !== undefined && { payload: fill(body) }),
    })
    for (const cookie of answer.cookies) cookies[cookie.name] = cookie.value
    if (name) answers[name] = answer.json()
    results.push({ title, status: answer.statusCode, body: answer.body })
  }
  return { results, answers }
}

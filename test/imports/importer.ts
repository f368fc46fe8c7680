import type { App, Person } from '../helper.ts'

/** Sends files as somebody. */
export function importer(app: App, { token }: Pick<Person, 'token'>, path = '/mood/import') {
  const send = (
    file: string | Buffer,
    query = '',
    type: string | undefined = 'application/octet-stream',
    headers: Record<string, string> = {},
  ) =>
    app.inject({
      method: 'POST',
      url: `${path}${query}`,
      payload: Buffer.from(file),
      headers: { authorization: `Bearer ${token}`, ...(type !== undefined && { 'content-type': type }), ...headers },
    })

  /** The same as a form, with fields before the file. */
  async function form(fields: Record<string, string>, ...files: (string | undefined)[]) {
    const data = new FormData()
    for (const [name, value] of Object.entries(fields)) data.append(name, value)
    for (const file of files) if (file !== undefined) data.append('file', new File([file], 'history.csv'))
    const encoded = new Response(data)
    return send(Buffer.from(await encoded.arrayBuffer()), '', String(encoded.headers.get('content-type')))
  }
  return Object.assign(send, { form })
}

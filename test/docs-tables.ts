import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { buildApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { openDatabase } from '../src/db/open.ts'
import { errors } from '../src/http/problem-details.ts'

/**
 * The tables of the documentation that follow from the code. `npm run docs:tables` writes them;
 * `test/docs.test.ts` fails when they are out of date.
 */

const root = resolve(import.meta.dirname, '..')

type Rows = readonly (readonly string[])[]

/** A section of a Markdown file, from its heading to the next one of the same or a higher level. */
const section = (title: string) => new RegExp(`^## ${title}\\n[\\s\\S]*?(?=^## |$(?![\\s\\S]))`, 'm')
/** The rows of a Markdown table, below its heading. */
const body = /(?<=^\|[-|]+\|\n)(?:\|.*\n)+/m

/** The cells of the first table of a section, without backticks. */
export function tableOf(text: string, title: string): string[][] {
  const rows = section(title).exec(text)?.[0].match(body)?.[0].trim().split('\n') ?? []
  return rows.map(row =>
    row
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim().replaceAll('`', '')),
  )
}

/** The text with other rows in the first table of a section. */
export function withTable(text: string, title: string, rows: Rows): string {
  const lines = rows.map(cells => `| ${cells.join(' | ')} |\n`).join('')
  return text.replace(section(title), found => found.replace(body, () => lines))
}

interface Document {
  paths: Record<string, Record<string, { summary: string }>>
}

/** Every operation of the OpenAPI document, in its order, as `GET /mood/:id`, and its summary. */
export function operationsOf({ paths }: Document): { operation: string; summary: string }[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary }]) => ({
      operation: `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
      summary,
    })),
  )
}

/** The rows of the table of endpoints. */
export function endpointRows(document: Document): Rows {
  return [
    ...operationsOf(document).map(({ operation, summary }) => [`\`${operation}\``, summary]),
    ['`GET /docs`', 'Swagger UI'],
    ['`GET /openapi.json`', 'The OpenAPI 3.1 document'],
    ['`GET /metrics`', 'Metrics for Prometheus; off by default'],
  ]
}

/** The rows of the table of errors. */
export const errorRows: Rows = Object.entries(errors).map(([code, { status, title }]) => [
  `\`${code}\``,
  String(status),
  title,
])

async function document(): Promise<Document> {
  const folder = mkdtempSync(join(tmpdir(), 'moodstreak-docs-'))
  const config = readConfig({ NODE_ENV: 'test', DATABASE_URL: `file:${join(folder, 'docs.db')}` })
  const database = await openDatabase(config.databaseUrl)
  const app = await buildApp({ config, jwtSecret: 'of no use, and as long as it must be', database })
  try {
    return (await app.inject('/openapi.json')).json()
  } finally {
    await app.close()
    rmSync(folder, { recursive: true })
  }
}

function rewrite(file: string, title: string, rows: Rows): void {
  const path = resolve(root, file)
  writeFileSync(path, withTable(readFileSync(path, 'utf8'), title, rows))
}

if (import.meta.main) {
  rewrite('docs/endpoints.md', 'All of them', endpointRows(await document()))
  rewrite('docs/errors.md', 'Codes', errorRows)
}

import type pg from 'pg'
import { Unavailable } from './database.ts'
import type { Bound, ColumnDescription, RawRow, Statement } from './statement.postgres.ts'

/** The rows of the statements of a packet that ran, and why the next one failed. */
export interface Answer {
  rows: readonly (readonly RawRow[])[]
  error?: Error & { code?: string }
}

/** The parts of `pg`'s connection that its types leave out; see test/db/undocumented.postgres.test.ts. */
interface Connection extends pg.Connection {
  parsedStatements: Readonly<Record<string, string>>
  submittedNamedStatements: Record<string, string>
  _send(message: Buffer): void
}

/**
 * A server that is silent for so many of these, in ms, is not waited for any longer: it would have ended each statement by
 * its own time-out of 10 s. More than one, because a process that was itself held up finds the first one over at once.
 */
const silentTickMs = 3_000
const maxSilentTicks = 4

/**
 * Several statements as one query of `pg`: sent in one packet, with one `Sync` at the end. After one that fails the server
 * skips the rest. `pg`'s own pipeline mode ends each statement with a `Sync`: the server answers each in a packet of its own,
 * and after a failed `begin` would run the rest without a transaction.
 */
class Pipeline implements pg.Submittable {
  private readonly batch: readonly Bound[]
  private readonly done: (answer: Answer) => void
  private readonly answered: RawRow[][] = []
  private rows: RawRow[] = []
  private readonly ticks: NodeJS.Timeout
  private silentTicks = 0
  private isDone = false

  constructor(batch: readonly Bound[], done: (answer: Answer) => void) {
    this.batch = batch
    this.done = done
    this.ticks = setInterval(() => this.tick(), silentTickMs)
  }

  private tick() {
    if (++this.silentTicks === maxSilentTicks) this.end({ rows: this.answered, error: new Unavailable('SILENT') })
  }

  private end(answer: Answer) {
    // A connection that is given up because it was silent fails then, too.
    if (this.isDone) return
    this.isDone = true
    clearInterval(this.ticks)
    this.done(answer)
  }

  submit(connection: pg.Connection) {
    const packet: Buffer[] = []
    // `pg` would write each message by itself, which costs more than one write, corked or not.
    const collecting = Object.create(connection, {
      _send: { value: (part: Buffer) => packet.push(part) },
    }) as Connection
    for (const { statement, values } of this.batch) send(collecting, statement, values)
    collecting.sync()
    ;(connection as Connection)._send(Buffer.concat(packet))
  }

  /** The statement that is being answered; undefined after the last one. */
  private get current(): Statement | undefined {
    return this.batch[this.answered.length]?.statement
  }

  /** `pg` keeps track of prepared statements by these. */
  get name() {
    return this.current?.name
  }

  get text() {
    return this.current?.text as string
  }

  handleRowDescription({ fields }: { fields: readonly ColumnDescription[] }) {
    this.current?.describe(fields)
  }

  handleDataRow({ fields }: { fields: RawRow }) {
    this.silentTicks = 0
    this.rows.push(fields)
  }

  handleCommandComplete() {
    this.silentTicks = 0
    this.answered.push(this.rows)
    this.rows = []
  }

  /** Also called when the connection breaks, or was broken before anything was sent. */
  handleError(error: Error, { submittedNamedStatements }: Connection) {
    // The server has not prepared what it skipped.
    for (const { statement } of this.batch.slice(this.answered.length)) delete submittedNamedStatements[statement.name]
    this.end({ rows: this.answered, error })
  }

  /** Nothing has failed only when this is called: a commit can. */
  handleReadyForQuery() {
    this.end({ rows: this.answered })
  }
}

function send(connection: Connection, statement: Statement, values: Bound['values']) {
  const { name, text } = statement
  const { parsedStatements, submittedNamedStatements } = connection
  if (!name || !(name in parsedStatements || name in submittedNamedStatements)) {
    connection.parse({ name, text, types: [] }, true)
    if (name) submittedNamedStatements[name] = text
  }
  connection.bind({ statement: name, values: values as unknown[] } as never, true)
  if (statement.isUndescribed) connection.describe({ type: 'P', name: '' }, true)
  connection.execute({} as never, true)
}

/** Sends statements in one packet. Calls `done` when the server has run them all, or one has failed. */
export function pipelined(client: pg.ClientBase, batch: readonly Bound[], done: (answer: Answer) => void) {
  client.query(new Pipeline(batch, done))
}

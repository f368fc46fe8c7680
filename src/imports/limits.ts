/** What a file may be at most (docs/import.md). */

const mib = 1024 * 1024
/** A file as it is sent. */
export const maxFileBytes = 20 * mib
/** An archive, or an `export.xml` of Apple Health, as it is sent: little of it is kept. */
export const maxArchiveBytes = 256 * mib
/** What one member of an archive may expand to. */
export const maxExpandedBytes = 1024 * mib
/** What is held of a backup that has to be read twice, compressed. */
export const maxHeldBytes = 24 * mib
/** Things that are written or removed together: the longest wait of others. */
export const batchSize = 100
/** Different rows of one file; each takes some bytes of memory until its end. */
export const maxRows = 300_000
/** Refused rows that are kept and shown. */
export const maxRefusals = 1_000
/** Unknown labels, and ignored columns, that are shown. */
export const maxNames = 200

// @ts-check

/** The programs that `launch/run.js` runs, by name: `npm start` is `server`. */
export const programs = {
  server: 'src/server/main.ts',
  admin: 'src/commands/admin.ts',
  seed: 'src/commands/seed.ts',
  backup: 'src/commands/backup.ts',
  restore: 'src/commands/restore.ts',
  check: 'src/commands/check.ts',
  copy: 'src/commands/copy.ts',
  distribute: 'src/commands/distribute.ts',
  import: 'src/commands/import.ts',
  export: 'src/commands/export.ts',
}

/** What programs start in a thread or a process of its own. */
export const helpers = {
  'password-worker': 'src/auth/password-worker.ts',
  'wipe-process': 'src/db/wipe-process.sqlite.ts',
}

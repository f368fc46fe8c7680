// drizzle-kit takes every table that a module exports; a module of this kind can export what is only known when it runs.
module.exports =
  process.env.ENGINE === 'postgres'
    ? require('../src/db/schema.postgres.ts').postgresTables
    : require('../src/db/schema.sqlite.ts').sqliteTables

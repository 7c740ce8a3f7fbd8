/** The schema as SQL text that says only what is ours, in an order that does not depend on the machine: db/schema.sql. */
import { run } from './server/run.ts'

const HEAD = `-- What the migrations make of an empty database: the schemas public and ops. Made by \`npm run schema\`; do not edit.
-- Beside it live the schemas of the extensions and of graphile-worker, and a graph schema per tenant.
`

/** `bin` is the folder of pg_dump. */
export async function dumpSchema(url: string, bin: string): Promise<string> {
  const { password, host, pathname, username } = new URL(url)
  const dump = await run(
    `${bin}/pg_dump`,
    [
      '--schema-only',
      '--no-owner',
      '--schema=public',
      '--schema=ops',
      `--dbname=postgres://${username}@${host}${pathname}`,
    ],
    { env: { ...process.env, PGPASSWORD: decodeURIComponent(password) } },
  )
  return normalise(dump)
}

const NOISE = [
  /^--$/,
  /^-- (Name: .*; Type: |Dumped (from|by) |PostgreSQL database dump)/,
  /^SET (\w+_timeout|client_\w+|standard_conforming_strings|check_function_bodies|xmloption|row_security|default_\w+) = /,
  /^SELECT pg_catalog\.set_config/,
  /^\\(un)?restrict /,
]

/** Without pg_dump's headings, versions, session settings, and the random word of \restrict. */
export function normalise(dump: string): string {
  const lines = dump.split('\n').filter((line) => !NOISE.some((pattern) => pattern.test(line)))
  const body = lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
  return `${HEAD}\n${body}\n`
}

// `npm run plan -- export [file] | diff <file> | apply <file>`: what a tenant has defined, as a YAML file to be kept in git, by the
// public GraphQL API. KITH_URL and KITH_KEY say where and as whom. See docs/plan.md.

import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Document, LineCounter, parse, parseDocument, stringify } from 'yaml'
import { config } from '../config.ts'

const USAGE = `usage: npm run plan -- export [file]
       npm run plan -- diff <file> [--prune]
       npm run plan -- apply <file> [--prune] [--overwrite-drift] [--secrets <file>]`

type Change = {
  section: string
  key: string
  action: 'CREATE' | 'UPDATE' | 'REMOVE' | 'EXTRA'
  drifted: boolean
  differences: { path: (string | number)[]; before: unknown; after: unknown }[]
}
type Applied = { applied: boolean; revision: string; changes: Change[] }
type Problem = { message: string; extensions: { code: string; details?: { path?: (string | number)[] } } }

const { positionals, values } = readArguments()
const [command, file] = positionals

if (command === 'export') await exportTo(file)
else if (command === 'diff' && file) await apply(file, true)
else if (command === 'apply' && file) await apply(file, false)
else fail(USAGE)

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        prune: { type: 'boolean', default: false },
        'overwrite-drift': { type: 'boolean', default: false },
        secrets: { type: 'string' },
      },
    })
  } catch (error) {
    fail(`${(error as Error).message}\n${USAGE}`)
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    fail(`${file} cannot be read: ${(error as Error).message}`)
  }
}

async function exportTo(file: string | undefined): Promise<void> {
  const { plan } = (await ask('{ plan { document } }')) as { plan: { document: object } }
  const text = stringify(plan.document, { lineWidth: 120 })
  if (file) writeFileSync(file, text)
  else process.stdout.write(text)
}

/** Exit code 2 of a dry run: there is something to do. */
async function apply(file: string, dryRun: boolean): Promise<void> {
  const lines = new LineCounter()
  const text = readText(file)
  const document = parseDocument(text, { lineCounter: lines })
  const [broken] = document.errors
  if (broken) fail(`${file}: ${broken.message}`)
  const { prune, 'overwrite-drift': overwriteDrift, secrets } = values
  const input = {
    plan: document.toJS() as unknown,
    dryRun,
    prune,
    overwriteDrift,
    secrets: secrets ? (parse(readText(secrets)) as unknown) : {},
  }
  const query = `mutation ($input: ApplyPlanInput!) { applyPlan(input: $input) {
    applied revision changes { section key action drifted differences { path before after } } } }`
  const { applyPlan } = (await ask(query, { input }, (problem) => placed(problem, file, document, lines))) as {
    applyPlan: Applied
  }
  for (const change of applyPlan.changes) console.log(lineOf(change))
  const wanted = applyPlan.changes.filter(({ action }) => action !== 'EXTRA').length
  console.log(wanted === 0 ? 'Nothing to do.' : `${wanted} to change${dryRun ? '' : ': done'}.`)
  if (dryRun) process.exitCode = wanted === 0 ? 0 : 2
  else if (document.has('revision')) {
    // The file is of what is there now: what somebody changes from here on is noticed.
    document.set('revision', applyPlan.revision)
    const now = document.toString({ lineWidth: 120 })
    if (now !== text) writeFileSync(file, now)
  }
}

function lineOf({ section, key, action, drifted, differences }: Change): string {
  const sign = { CREATE: '+', UPDATE: '~', REMOVE: '-', EXTRA: ' ' }[action]
  const note = action === 'EXTRA' ? '  (not in the file; stays)' : drifted ? '  (changed by somebody since)' : ''
  const head = `${sign} ${section}.${key}${note}`
  if (action !== 'UPDATE') return head
  return [
    head,
    ...differences.map(({ path, before, after }) => `    ${path.join('.')}: ${short(before)} -> ${short(after)}`),
  ].join('\n')
}

function short(value: unknown): string {
  const text = value === null ? '(none)' : JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 197)}...` : text
}

/** With the line of the file that the error is about, or of the nearest node above it. */
function placed({ message, extensions }: Problem, file: string, document: Document, lines: LineCounter): string {
  for (let path = extensions.details?.path ?? []; path.length > 0; path = path.slice(0, -1)) {
    const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined
    if (node?.range) return `${file}:${lines.linePos(node.range[0]).line}: ${message} (${extensions.code})`
  }
  return `${file}: ${message} (${extensions.code})`
}

async function ask(
  query: string,
  variables: object = {},
  tell: (problem: Problem) => string = ({ message }) => message,
): Promise<unknown> {
  if (!config.KITH_KEY) fail('Expected KITH_KEY, a key with the scope admin.')
  const url = new URL('/graphql', config.KITH_URL ?? `http://localhost:${config.PORT}`)
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${config.KITH_KEY}` },
    body: JSON.stringify({ query, variables }),
  }).catch((error: Error) =>
    fail(`Nobody answers at ${url}: ${(error.cause as Error | undefined)?.message ?? error.message}`),
  )
  const { data, errors } = (await response.json()) as { data: unknown; errors?: Problem[] }
  if (errors?.[0]) fail(tell(errors[0]))
  return data
}

function fail(message: string): never {
  console.error(`kith: ${message}`)
  process.exit(1)
}

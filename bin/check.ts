// `npm run check`: everything a change must pass, one line per step. SKIP_TESTS=1 leaves the tests out.
// `npm run fix` (--fix) mends what can be mended by itself: format, lint, schema.graphql, db/schema.sql.

import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { firstDifference } from './lib/difference.ts'

const root = join(import.meta.dirname, '..')
const fix = process.argv.includes('--fix')

/** Resolves to what is wrong, as text for a person, or to nothing. */
type Step = { name: string; run(): Promise<string | undefined> }

const steps: Step[] = [
  { name: 'format', run: () => program('@biomejs/biome/bin/biome', ['format', ...(fix ? ['--write'] : []), '.']) },
  {
    name: 'lint',
    run: () =>
      program('oxlint/bin/oxlint', ['--type-aware', '--deny-warnings', '--format=unix', ...(fix ? ['--fix'] : [])]),
  },
  { name: 'types', run: () => program('typescript/bin/tsc', ['-p', '.']) },
  // Code of a browser, with other globals.
  { name: 'types of the console', run: () => program('typescript/bin/tsc', ['-p', 'console']) },
  { name: 'schema.graphql', run: graphqlSchema },
  { name: 'db/schema.sql', run: () => node('bin/dump.ts', fix ? [] : ['--check']) },
]
if (process.env.SKIP_TESTS !== '1') steps.push({ name: 'tests', run: () => program('vitest/vitest.mjs', ['run']) })

let failures = 0
const width = Math.max(...steps.map((step) => step.name.length))
for (const { name, run } of steps) {
  const started = performance.now()
  const problem = await run()
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`
  console.log(`${problem === undefined ? '✓' : '✗'} ${name.padEnd(width)}  ${seconds}`)
  if (problem === undefined) continue
  failures++
  console.log(`${problem.trimEnd().replaceAll(/^/gm, '    ')}\n`)
}
if (failures > 0)
  console.log(
    `\n${failures} of ${steps.length} failed${fix ? '' : '; `npm run fix` mends what can be mended by itself'}`,
  )
process.exitCode = failures > 0 ? 1 : 0

// bin/schema.ts writes the file; compared before and after, so that this asks nothing more of it.
async function graphqlSchema(): Promise<string | undefined> {
  const file = join(root, 'schema.graphql')
  const committed = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const problem = await node('bin/schema.ts')
  if (problem !== undefined || fix) return problem
  const difference = firstDifference(committed, readFileSync(file, 'utf8'))
  if (difference === undefined) return undefined
  writeFileSync(file, committed)
  return `schema.graphql is not what api/schema prints; run \`npm run schema\` and look at its diff.\n${difference}`
}

function program(path: string, args: string[]): Promise<string | undefined> {
  return node(join('node_modules', path), args)
}

function node(script: string, args: string[] = []): Promise<string | undefined> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [join(root, script), ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    child.on('error', (error) => done(error.message))
    child.on('close', (code, signal) => done(code === 0 ? undefined : output || `ended by ${signal ?? code}`))
  })
}

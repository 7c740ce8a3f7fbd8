// `npm run bench`: every part; `npm run bench -- rls relay`: those. `--quick` tries a part on small data and writes nothing
// down; `--list` shows what there is and the goals.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { terminalProgress } from '../db/server/progress.ts'
import { Bench, settingsThatMatter, startBenchCluster } from './lib/bench.ts'
import { measureFdatasync } from './lib/disk.ts'
import { type Figure, mergeFigures, type Part } from './lib/part.ts'
import { type Conditions, markdown, svg, terminalTable } from './lib/report.ts'

const results = join(import.meta.dirname, 'results.json')
const docs = join(import.meta.dirname, '../docs')
const progress = terminalProgress()

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } },
})
const available = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -3))
const unknown = positionals.filter((name) => !available.includes(name))
if (unknown.length > 0) {
  console.error(`kith: no such part: ${unknown.join(', ')}. There are: ${available.join(', ')}`)
  process.exit(1)
}
const chosen = positionals.length > 0 ? positionals : available

if (flags.list) await list()
else process.exitCode = await measure()

async function load(name: string): Promise<Part> {
  const { part } = (await import(`./${name}.ts`)) as { part?: Part }
  if (!part) throw new Error(`bench/${name}.ts exports no \`part\`.`)
  return part
}

async function list(): Promise<void> {
  for (const name of chosen) {
    const { about, figures } = await load(name)
    console.log(`${name}: ${about}`)
    for (const [figure, { better, goal, unit }] of Object.entries(figures))
      console.log(`  ${figure.padEnd(44)} ${better === 'higher' ? 'at least' : 'at most '} ${goal ?? 'any'} ${unit}`)
  }
}

async function measure(): Promise<number> {
  const cluster = await startBenchCluster(progress)
  // An interrupted run writes nothing down.
  const stop = () => void cluster.stop('immediate').finally(() => process.exit(130))
  let interrupted = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (interrupted = true))
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const figures: Figure[] = []
  const failed: string[] = []
  try {
    const conditions = await lookAround(cluster.dataDir, await settingsThatMatter(cluster))
    figures.push(...diskFigures(conditions))
    for (const name of chosen) {
      progress.say(`${name}: ${(await load(name)).about}`)
      try {
        figures.push(...(await measurePart(name, new Bench(name, cluster, { quick: flags.quick, progress }))))
      } catch (error) {
        failed.push(name)
        console.error(`kith: the part ${name} failed:`, error)
      }
    }
    console.log(`\n${terminalTable(figures)}\n`)
    if (!flags.quick && !interrupted) writeDown(figures, conditions)
  } finally {
    await cluster.stop('immediate')
  }
  return failed.length > 0 ? 1 : 0
}

async function measurePart(name: string, bench: Bench): Promise<Figure[]> {
  const part = await load(name)
  try {
    const measured = await part.run(bench)
    const at = new Date().toISOString()
    return Object.entries(measured).map(([figure, { value, rows, bound }]) => {
      const { goal, better, unit, against } = part.figures[figure]!
      return { name: figure, value: rounded(value), goal, better, unit, against, rows, ...(bound && { bound }), at }
    })
  } finally {
    await bench.end()
  }
}

async function lookAround(dataDir: string, settings: Record<string, string>): Promise<Conditions> {
  for (const name of ['fsync', 'synchronous_commit', 'full_page_writes'])
    if (settings[name] !== 'on') throw new Error(`Expected ${name} = on; it is ${settings[name]}.`)
  const disk = measureFdatasync(dirname(dataDir))
  const conditions = {
    at: new Date().toISOString(),
    cpus: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    postgres: settings.server_version!.split(' ')[0]!,
    fdatasyncP50Ms: disk.p50,
    fdatasyncP99Ms: disk.p99,
    load: loadavg()[0]!,
  }
  if (conditions.load > 0.5)
    progress.say(`kith: others are at work here (load ${conditions.load.toFixed(1)}): expect noise`)
  return conditions
}

function diskFigures({ fdatasyncP50Ms, fdatasyncP99Ms, at }: Conditions): Figure[] {
  const common = {
    goal: null,
    better: 'lower',
    unit: 'ms',
    against: '8 kB written and flushed beside the data',
  } as const
  return [
    { name: 'disk.fdatasync_p50_ms', value: rounded(fdatasyncP50Ms), ...common, rows: 300, at },
    { name: 'disk.fdatasync_p99_ms', value: rounded(fdatasyncP99Ms), ...common, rows: 300, at },
  ]
}

function writeDown(measured: Figure[], conditions: Conditions): void {
  const old: Figure[] = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : []
  const figures = mergeFigures(old, measured)
  writeFileSync(results, `[\n${figures.map((figure) => `  ${JSON.stringify(figure)}`).join(',\n')}\n]\n`)
  mkdirSync(docs, { recursive: true })
  writeFileSync(join(docs, 'benchmarks.md'), markdown(figures, conditions))
  writeFileSync(join(docs, 'benchmarks.svg'), svg(figures))
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}

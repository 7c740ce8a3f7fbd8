import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { config } from '../../config.ts'
import { findFreePort } from '../../db/server/port.ts'
import { run } from '../../db/server/run.ts'
import type { Bench, BenchDatabase } from './bench.ts'

const root = join(import.meta.dirname, '../..')
const source = join(import.meta.dirname, '../postgraphile')
const FILES = ['package.json', 'package-lock.json', 'serve.js']

export const version: string = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')).dependencies.postgraphile

/** On the tables of a tenant, as the API's role, a process of its own; gone when the part is over. Resolves to its port. */
export async function startPostGraphile(bench: Bench, db: BenchDatabase, tenant: string): Promise<number> {
  const home = await installed(bench)
  await db.owner.unsafe(readFileSync(join(source, 'names.sql'), 'utf8'))
  const port = await findFreePort(0)
  const logFile = join(root, '.kith/bench-postgraphile.log')
  const output = openSync(logFile, 'w')
  const child = spawn(process.execPath, ['serve.js'], {
    cwd: home,
    env: {
      ...process.env,
      NODE_ENV: 'production',
      GRAPHILE_ENV: 'production',
      DATABASE_URL: db.apiUrl,
      TENANT: tenant,
      POOL: String(config.API_POOL),
      PORT: String(port),
    },
    stdio: ['ignore', output, output],
  })
  const gone = once(child, 'exit')
  bench.atEnd(async () => {
    child.kill('SIGKILL')
    await gone
  })
  const asked = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query": "{__typename}"}' }
  const answers = () =>
    fetch(`http://127.0.0.1:${port}/graphql`, asked).then(
      ({ ok }) => ok,
      () => false,
    )
  await bench.until(answers, `PostGraphile (see ${logFile})`)
  return port
}

/** Its folder in .tools: no dependency of Kith, it comes when it is measured for the first time. */
async function installed(bench: Bench): Promise<string> {
  const hash = createHash('sha256')
  for (const file of FILES) hash.update(readFileSync(join(source, file)))
  const home = join(root, '.tools', `postgraphile-${hash.digest('hex').slice(0, 8)}`)
  if (existsSync(home)) return home
  bench.say(`installing PostGraphile ${version} into .tools (once)`)
  const aside = `${home}.${process.pid}`
  try {
    mkdirSync(aside, { recursive: true })
    for (const file of FILES) copyFileSync(join(source, file), join(aside, file))
    copyFileSync(join(root, '.npmrc'), join(aside, '.npmrc'))
    await run('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { cwd: aside })
    renameSync(aside, home)
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
  return home
}

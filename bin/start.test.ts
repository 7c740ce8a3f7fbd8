import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { stopCluster } from '../db/server/cluster.ts'
import { findPostmaster } from '../db/server/postmaster.ts'
import { until } from '../test/database.ts'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'kith-start-'))
chmodSync(folder, 0o755) // as root, the server's uid must get in
const dataDir = join(folder, 'data')
const env = { ...process.env, PORT: '0', KITH_DATA_DIR: dataDir, KITH_DEMO: '0', DATABASE_URL: '', NODE_OPTIONS: '' }
const started = new Set<ChildProcess>()

afterAll(async () => {
  for (const child of started) child.kill('SIGKILL')
  await stopCluster(dataDir, 'immediate')
  rmSync(folder, { recursive: true, force: true })
})

type Start = { api: string; output: string; stop(): Promise<number | null> }

async function start(): Promise<Start> {
  const child = spawn(process.execPath, [join(root, 'bin/start.ts')], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const ended = new Promise<number | null>((done) => child.once('exit', done))
  const welcome = () => output.includes('Three things to try') && output.includes("slug = 'demo'")
  await until(() => welcome() || child.exitCode !== null, Boolean, { timeout: 300_000 })
  expect(output).toContain('Kith is running')
  return {
    api: /GraphQL +(\S+)\/graphql/.exec(output)![1]!,
    output,
    stop() {
      child.kill('SIGTERM')
      return ended.finally(() => started.delete(child))
    },
  }
}

/** The commands of the welcome, as they stand there. */
function commandsOf(output: string): string[] {
  const indented = output.slice(output.indexOf('Three things to try')).split('\n')
  return indented
    .join('\n')
    .match(/^ {7}(curl|npm)[^]*?(?=\n\n|\n$)/gm)!
    .map((command) => command.trim())
}

const curl = spawnSync('curl', ['--version']).status === 0

it.runIf(curl)(
  'starts everything, tells three things that work as they stand, stops in order, and keeps its data',
  async () => {
    const first = await start()
    expect((await fetch(`${first.api}/readyz`)).status).toBe(200)
    const [subscribe, track, insert] = commandsOf(first.output) as [string, string, string]

    const subscription = spawn('sh', ['-c', `exec ${subscribe}`], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    started.add(subscription)
    let told = ''
    subscription.stdout.on('data', (chunk) => (told += chunk))
    await until(() => told.length > 0) // the first comment of the stream: it listens
    for (const command of [track, insert]) {
      const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: root, env, encoding: 'utf8' })
      expect(status, stderr).toBe(0)
    }
    await until(() => told.includes('looking_at_prices') && told.includes('"vip"'))

    expect(await first.stop()).toBe(0)
    expect(findPostmaster(dataDir)).toBeUndefined()
    await until(() => subscription.exitCode !== null)

    const second = await start()
    expect(second.output).not.toContain('creating a database')
    const answer = await fetch(`${second.api}/graphql`, {
      method: 'POST',
      headers: { authorization: 'Bearer demo-read', 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ profileByIdentifier(type: "user_id", value: "ada") { id } }' }),
    })
    expect(await answer.json()).toMatchObject({ data: { profileByIdentifier: { id: expect.any(String) } } })
    expect(await second.stop()).toBe(0)
  },
  300_000,
)

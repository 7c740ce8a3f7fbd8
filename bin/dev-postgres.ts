// A throwaway Postgres that stays up between commands, for work on one piece of Kith:
//
//   npm run dev-postgres              starts it if it is not running, prints its address (also in <folder>/url)
//   npm run dev-postgres -- --stop    stops and removes it

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stopCluster, startCluster } from '../db/server/cluster.ts'
import { terminalProgress } from '../db/server/progress.ts'
import { throwawaySettings } from '../test/postgres.ts'

const folder = join(tmpdir(), 'kith-dev-pg')
const dataDir = join(folder, 'data')
const urlFile = join(folder, 'url')

if (process.argv.includes('--stop')) {
  await stopCluster(dataDir)
  rmSync(folder, { recursive: true, force: true })
} else {
  console.log((await runningUrl()) ?? (await start()))
}

async function runningUrl(): Promise<string | undefined> {
  if (!existsSync(urlFile)) return undefined
  const url = readFileSync(urlFile, 'utf8').trim()
  return (await accepts(Number(new URL(url).port))) ? url : undefined
}

async function start(): Promise<string> {
  const { url } = await startCluster({
    dataDir,
    port: 0,
    settings: throwawaySettings,
    progress: terminalProgress(),
    outliveUs: true,
  })
  writeFileSync(urlFile, `${url}\n`, { mode: 0o600 })
  return url
}

function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      done(true)
    })
    socket.on('error', () => done(false))
  })
}

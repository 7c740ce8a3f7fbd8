/** A built console behind a real API on a database of its own, and a browser that stands before it. */
import type { Page } from 'playwright-core'
import { afterAll } from 'vitest'
import { createIngestDoor } from '../api/ingest/door.ts'
import { writerOf } from '../api/ingest/writer.ts'
import { createServer } from '../api/server.ts'
import { serveConsole } from '../api/static/index.ts'
import { graphqlDoor } from '../api/yoga.ts'
import { buildConsole } from '../bin/lib/build-console.ts'
import { config } from '../config.ts'
import type { TestDatabase } from './database.ts'
import { type Browser, openBrowser } from './browser.ts'

export type Stage = {
  url: string
  /** A page at that path, with that key in its session (none: at the door), in a browser of that size. */
  open(path: string, options?: OpenOptions): Promise<Page>
  /** What the pages complained about since the last call: errors in their consoles, and in their code. */
  complaints(): string[]
}

export type OpenOptions = { key?: string; width?: number; height?: number; dark?: boolean }

/** Call at the top of a test file, after testDatabase. */
export async function stage(db: TestDatabase, browserPath: string): Promise<Stage> {
  const dist = await buildConsole()
  const server = createServer({
    config,
    sql: db.api,
    graphql: graphqlDoor(db.api),
    ingest: createIngestDoor({ sql: db.api, writer: writerOf(db.api), config }),
    console: serveConsole(dist),
  })
  const url = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`
  const browsers = new Map<string, Browser>()
  const complaints: string[] = []

  afterAll(async () => {
    await Promise.all([...browsers.values()].map((browser) => browser.close()))
    await server.stop()
  })

  return {
    url,
    complaints: () => complaints.splice(0),
    async open(path, { key, ...looks } = {}) {
      const name = JSON.stringify(looks)
      const browser = browsers.get(name) ?? (await openBrowser(browserPath, looks))
      browsers.set(name, browser)
      const page = await browser.context.newPage()
      page.setDefaultTimeout(8000)
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text())
      })
      if (key) await page.addInitScript((value) => sessionStorage.setItem('kith.key', value), key)
      await page.goto(url + path)
      return page
    },
  }
}

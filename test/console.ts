/** The whole of Kith with its console, on a test's database, and a browser that stands before it. */
import type { Page } from 'playwright-core'
import { afterAll } from 'vitest'
import { serveConsole } from '../api/static/index.ts'
import { buildConsole } from '../bin/lib/build-console.ts'
import type { TestDatabase } from './database.ts'
import { type Browser, openBrowser } from './browser.ts'
import { startPlatform } from './platform.ts'

export type Stage = {
  url: string
  /** A page at that path, with that key in its session (none: at the door), in a browser of that size. */
  open(path: string, options?: OpenOptions): Promise<Page>
  /** What the pages complained about since the last call: errors in their consoles, and in their code. */
  complaints(): string[]
  /** Closes every page: they would go on asking. */
  clear(): Promise<void>
}

export type OpenOptions = { key?: string; width?: number; height?: number; dark?: boolean }

/** Call at the top of a test file, after testDatabase. */
export async function stage(db: TestDatabase, browserPath: string): Promise<Stage> {
  const platform = await startPlatform(db, { console: serveConsole(await buildConsole()) })
  const { url } = platform
  const browsers = new Map<string, Browser>()
  const complaints: string[] = []
  const opened: Page[] = []

  afterAll(async () => {
    await Promise.all([...browsers.values()].map((browser) => browser.close()))
    await platform.stop()
  })

  return {
    url,
    complaints: () => complaints.splice(0),
    async clear() {
      await Promise.all(opened.splice(0).map((page) => page.close()))
    },
    async open(path, { key, ...looks } = {}) {
      const name = JSON.stringify(looks)
      const browser = browsers.get(name) ?? (await openBrowser(browserPath, looks))
      browsers.set(name, browser)
      const page = await browser.context.newPage()
      opened.push(page)
      page.setDefaultTimeout(8000)
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => {
        // The test's relay has a slot of its own, so that /readyz misses one, and a browser logs its answers of 503.
        const expected = message.location().url.endsWith('/readyz')
        if (message.type() === 'error' && !expected) complaints.push(message.text())
      })
      if (key) await page.addInitScript((value) => sessionStorage.setItem('kith.key', value), key)
      await page.goto(url + path)
      return page
    },
  }
}

/** The whole of Kith with its console, on a test's database, and a browser that stands before it. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { afterAll, afterEach } from 'vitest'
import { serveConsole } from '../api/static/index.ts'
import { buildConsole } from '../bin/lib/build-console.ts'
import type { TestDatabase } from './database.ts'
import { type Browser, openBrowser } from './browser.ts'
import { startPlatform } from './platform.ts'

export type Stage = {
  url: string
  /** A page at that path, with that key in its session (none: at the door), in a browser of that size. */
  open(path: string, options?: OpenOptions): Promise<Page>
  /** What the pages complained about since the last call: errors in their consoles, and in their code. What is left fails the test. */
  complaints(): string[]
}

export type OpenOptions = { key?: string; width?: number; height?: number; dark?: boolean }

/** Call at the top of a test file, after testDatabase. Pages are closed after each test: they would go on asking. */
export async function stage(db: TestDatabase, browserPath: string): Promise<Stage> {
  const platform = await startPlatform(db, { console: serveConsole(await buildConsole()) })
  const { url } = platform
  const browsers = new Map<string, Browser>()
  const complaints: string[] = []
  const opened: Page[] = []

  afterEach(async () => {
    const left = complaints.splice(0)
    await Promise.all(opened.splice(0).map((page) => page.close()))
    if (left.length > 0) throw new Error(`The browser complained:\n${left.join('\n')}`)
  })
  afterAll(async () => {
    await Promise.all([...browsers.values()].map((browser) => browser.close()))
    await platform.stop()
  })

  return {
    url,
    complaints: () => complaints.splice(0),
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

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe-core finds on a page and calls serious or critical. */
export async function faults(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  return page.evaluate(async () => {
    const { violations } = await (globalThis as any).axe.run(document, {
      resultTypes: ['violations'],
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    })
    return violations
      .filter(({ impact }: any) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }: any) => `${id}: ${nodes.map((node: any) => node.html).join(' ')}`)
  })
}

/** By how many pixels a page is wider than its window. */
export function tooWide(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    return Math.max(scrollWidth - clientWidth, 0)
  })
}

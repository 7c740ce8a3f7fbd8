/** Pages of somebody's shop, on an origin of their own, in a real browser. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { type Browser, openBrowser } from './browser.ts'

export type Shop = {
  /** By two names, which are two sites to a browser. */
  origins: { shop: string; till: string }
  /** What is served at a path from now on: HTML, or, for a path that ends in .js, JavaScript. */
  serve(path: string, content: string): void
  open(url: string): Promise<Page>
  /** A browser with an empty profile, from now on. */
  forget(): Promise<void>
  browser(): Promise<Browser>
  close(): Promise<void>
}

export async function openShop(browserPath: string): Promise<Shop> {
  const content = new Map<string, string>()
  const server = createServer((request, response) => {
    const path = new URL(request.url!, 'http://x').pathname
    const found = content.get(path)
    const type = path.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8'
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': type }).end(found)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  let browser: Browser | undefined
  const current = async () => (browser ??= await openBrowser(browserPath))
  return {
    origins: { shop: `http://127.0.0.1:${port}`, till: `http://localhost:${port}` },
    serve: (path, text) => void content.set(path, text),
    async open(url) {
      const page = await (await current()).context.newPage()
      page.setDefaultTimeout(8000)
      await page.goto(url)
      return page
    },
    async forget() {
      await browser?.close()
      browser = undefined
    },
    browser: current,
    async close() {
      await browser?.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

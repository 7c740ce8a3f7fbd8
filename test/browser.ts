/** Chromium for the console's tests: the machine's own, or, as root on a machine with apt, Debian's. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
]
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Where a browser is, after installing one where that is possible; undefined, and said loudly, when there is none. */
export function findBrowser(): string | undefined {
  if (process.env.KITH_BROWSER) return process.env.KITH_BROWSER
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) installBrowser()
  const found = PLACES.find((place) => existsSync(place))
  if (found) return found
  console.error('\n!!! NO BROWSER: the tests in a browser are SKIPPED. Install chromium, or set KITH_BROWSER.\n')
  return undefined
}

/** Unless there is one. Test files run side by side, and apt is for one at a time: the others wait, and find it done. */
function installBrowser(): void {
  const script = `
for place in ${PLACES.join(' ')}; do test ! -x $place || exit 0; done
echo "Installing Debian's chromium for the tests in a browser (once; about 100 MB to download) ..."
apt-get update -q && apt-get install -q -y --no-install-recommends chromium`
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    execFileSync('flock', [join(tmpdir(), 'kith-browser.lock'), 'sh', '-c', script], { stdio: 'inherit', env })
  } catch (error) {
    console.error(String(error))
  }
}

export type Browser = { context: BrowserContext; close(): Promise<void> }

/** A headless browser with an empty profile of its own. */
export async function openBrowser(
  executablePath: string,
  options: { width?: number; height?: number; dark?: boolean } = {},
): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), 'kith-browser-'))
  const context = await chromium.launchPersistentContext(folder, {
    executablePath,
    headless: true,
    args: FLAGS,
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    colorScheme: options.dark ? 'dark' : 'light',
  })
  return {
    context,
    async close() {
      await context.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

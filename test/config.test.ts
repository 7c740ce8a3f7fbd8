import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parseConfig, variables } from '../config.ts'

const page = readFileSync(new URL('../docs/environment.md', import.meta.url), 'utf8')
const rows = [...page.matchAll(/^\| `(\w+)` \| (?:`(.*?)`)? ?\| (.*) \|$/gm)].map(([, name, value]) => [name, value])

it('lists every variable in docs/environment.md, with its default, and no other', () => {
  const defaults = parseConfig({}) as Record<string, unknown>
  expect(rows).toEqual(variables.map((name) => [name, defaults[name]?.toString()]))
})

it('takes an empty value for none', () => {
  expect(parseConfig({ PORT: '' }).PORT).toBe(4000)
})

it('names every variable that does not fit', () => {
  expect(() => parseConfig({ PORT: 'http', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://x' })).toThrow(
    /docs\/environment\.md[^]*DATABASE_URL[^]*PORT[^]*LOG_LEVEL/,
  )
})

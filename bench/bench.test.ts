import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { alternated } from './lib/alternated.ts'
import { type Figure, meetsGoal, mergeFigures, type Part } from './lib/part.ts'
import { markdown, svg, terminalTable } from './lib/report.ts'
import { median, percentile } from './lib/statistics.ts'

const figure = (name: string, value: number, more: Partial<Figure> = {}): Figure => ({
  name,
  value,
  goal: 0.5,
  better: 'higher',
  unit: 'ratio',
  against: 'COPY',
  rows: 1000,
  at: '2026-11-24T12:00:00.000Z',
  ...more,
})

it('takes percentiles by nearest rank, and the median of an even number between the two in the middle', () => {
  expect(percentile([5, 1, 4, 2, 3], 0.5)).toBe(3)
  expect(percentile([5, 1, 4, 2, 3], 0.99)).toBe(5)
  expect(median([4, 1, 3, 2])).toBe(2.5)
})

it('runs the two sides in turns', async () => {
  const order: string[] = []
  const side = (name: string) => ({ name, run: async () => void order.push(name) })
  await alternated(side('A'), side('B'), { rounds: 2, warmups: 1 })
  expect(order.join(' ')).toBe('A B A B A B')
})

it('refuses to compare the times of two different answers', async () => {
  const side = (name: string, answer: unknown) => ({ name, run: async () => {}, answer: async () => answer })
  await expect(alternated(side('A', { rows: 1 }), side('B', { rows: 2 }))).rejects.toThrow(
    'Expected one answer from both sides; A gave {"rows":1}, and B gave {"rows":2}.',
  )
})

it('knows which way is better', () => {
  expect(meetsGoal(figure('a', 0.5))).toBe(true)
  expect(meetsGoal(figure('a', 0.4))).toBe(false)
  expect(meetsGoal(figure('a', 26, { goal: 25, better: 'lower' }))).toBe(false)
  expect(meetsGoal(figure('a', 1, { goal: null }))).toBeUndefined()
})

it('keeps the figures of parts that did not run', () => {
  const merged = mergeFigures([figure('b', 1), figure('c', 1)], [figure('c', 2), figure('a', 3)])
  expect(merged.map(({ name, value }) => [name, value])).toEqual([
    ['a', 3],
    ['b', 1],
    ['c', 2],
  ])
})

it('reports a missed goal with what bounds it', () => {
  const figures = [
    figure('x.met', 0.6),
    figure('x.missed', 0.3, { bound: 'one core' }),
    figure('x.seen', 3, { goal: null }),
  ]
  const conditions = {
    at: '2026-11-24T12:00:00.000Z',
    cpus: 2,
    memoryGb: 8,
    node: '24.0.0',
    postgres: '17.5',
    fdatasyncP50Ms: 1,
    fdatasyncP99Ms: 2,
    load: 0,
  }
  const page = markdown(figures, conditions)
  expect(page).toContain('| `x.missed` | 0.30 | ratio | ≥ 0.50 | **missed** |')
  expect(page).toContain('* `x.missed`: one core')
  expect(page).not.toContain('* `x.met`')
  expect(terminalTable(figures)).toMatch(/x\.met +0\.60 +ratio +≥ 0\.50 +met/)
  expect(svg(figures).match(/<rect x/g)).toHaveLength(2)
})

const parts = readdirSync(import.meta.dirname).filter((file) => /^[a-z]+\.ts$/.test(file) && file !== 'run.ts')

it.each(parts)('%s promises figures', async (file) => {
  const { part } = (await import(/* @vite-ignore */ `./${file}`)) as { part: Part }
  expect(part.about).not.toBe('')
  expect(Object.keys(part.figures).length).toBeGreaterThan(0)
  for (const name of Object.keys(part.figures)) expect(name).toMatch(/^[a-z]+\.[a-z0-9_]+$/)
})

import { performance } from 'node:perf_hooks'
import { expect, it } from 'vitest'
import { FairSlots } from './fair-slots.ts'
import { refuseWhenMapping, runMapping, runMappings } from './mapping.ts'

const ENDLESS = '($f := function($n) { $f($n + 1) }; $f(0))'
const input = { body: { n: 1 }, headers: {} }
const failure = (error: Error) => error.message

it("keeps one tenant's mappings that never end from delaying another's", async () => {
  await runMapping('quick', 'body.n', input)
  // Each another mapping: the same one would rest after three.
  const bad = Array.from({ length: 6 }, (_, n) => runMapping('endless', `${ENDLESS} + ${n}`, input).catch(failure))
  const others = Array.from({ length: 3 }, (_, n) =>
    [0, 1].map((m) => runMapping(`endless too ${n}`, `${ENDLESS} - ${m}`, input).catch(failure)),
  ).flat()
  let done = false
  void Promise.all(bad).then(() => (done = true))
  const waits: number[] = []
  while (!done) {
    const began = performance.now()
    expect(await runMapping('quick', 'body.n', input)).toEqual([1])
    waits.push(performance.now() - began)
  }
  expect([...(await Promise.all(bad)), ...(await Promise.all(others))]).toEqual(
    Array(12).fill(expect.stringContaining('longer than 1000 ms')),
  )
  // It may wait for a free slot once, while nobody is known to be slow; then there is always one.
  expect(waits.filter((ms) => ms > 900).length).toBeLessThanOrEqual(2)
  expect(waits.length).toBeGreaterThan(20)
}, 60_000)

it('lets a mapping rest that did not end three times in a row, and its tenant go on with others', async () => {
  const endless = `${ENDLESS} * 2`
  for (let n = 0; n < 3; n++) await runMapping('resting', endless, input).catch(failure)
  const began = performance.now()
  const told = await Promise.all(Array.from({ length: 50 }, () => runMapping('resting', endless, input).catch(failure)))
  expect(new Set(told)).toEqual(new Set([expect.stringContaining('longer than 1000 ms. It did 3 times in a row')]))
  expect(performance.now() - began).toBeLessThan(900)
  expect(await runMapping('resting', 'body.n + 1', input)).toEqual([2])
  // What is true of it for one tenant says nothing of another's.
  expect(await runMapping('another', endless, input).catch(failure)).not.toContain('in a row')
}, 30_000)

it('maps many at once in their order, and keeps the one that never ends from the others', async () => {
  const mapping = `row.n = 7 ? ${ENDLESS} : row.n = 9 ? $error("nine") : row.n % 2 = 0 ? row.n`
  const rows = Array.from({ length: 250 }, (_, n) => ({ row: { n } }))
  const made = await runMappings('many', mapping, rows)
  const outcomes = made.map((one) => (one instanceof Error ? one.message : one))
  const expected: unknown[] = rows.map(({ row: { n } }) => (n % 2 === 0 ? [n] : []))
  expected[7] = expect.stringContaining('longer than 1000 ms')
  expected[9] = expect.stringContaining('nine')
  expect(outcomes).toEqual(expected)
}, 20_000)

it('refuses calls where more of the tenant wait than it may have, and no other tenant', async () => {
  const many = Array.from({ length: 200 }, () => runMapping('flooding', 'body.n', input))
  expect(() => refuseWhenMapping('flooding')).toThrow('faster than your mappings')
  expect(() => refuseWhenMapping('calm')).not.toThrow()
  await Promise.all(many)
  expect(() => refuseWhenMapping('flooding')).not.toThrow()
  const large = runMapping('flooding', 'body.n', { body: { n: 1, text: 'x'.repeat(16_000_000) }, headers: {} })
  expect(() => refuseWhenMapping('flooding')).toThrow('faster than your mappings')
  await large.catch(failure)
  expect(() => refuseWhenMapping('flooding')).not.toThrow()
}, 30_000)

it('refuses what a mapping has made if it is too much, and goes on', async () => {
  const text = 'x'.repeat(1_000_000)
  const mapping = '$join([1..10].($$.body.text))'
  expect(await runMapping('verbose', mapping, { body: { text }, headers: {} }).catch(failure)).toContain('8 MB of JSON')
  expect(await runMapping('verbose', 'body.n', input)).toEqual([1])
})

/** Slots with a clock of their own; `end` ends the work of the name. */
function slotsAt(count: number) {
  let now = 0
  const slots = new FairSlots(count, () => now)
  const running = new Map<string, () => void>()
  const begin = (tenant: string, name: string) =>
    void slots.run(tenant, 1, () => new Promise<void>((resolve) => running.set(name, resolve)))
  const end = async (name: string, ms: number) => {
    now += ms
    running.get(name)!()
    running.delete(name)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { slots, begin, end, running: () => [...running.keys()].sort(), pass: (ms: number) => (now += ms) }
}

it('does one piece of work of a tenant at a time, in its order', async () => {
  const { slots, begin, end, running } = slotsAt(3)
  for (const name of ['a1', 'a2', 'a3']) begin('a', name)
  begin('b', 'b1')
  expect(running()).toEqual(['a1', 'b1'])
  expect(slots.load('a')).toEqual({ count: 3, size: 3 })
  await end('a1', 5)
  expect(running()).toEqual(['a2', 'b1'])
  await end('a2', 5)
  await end('a3', 5)
  expect(slots.load('a')).toEqual({ count: 0, size: 0 })
})

it('takes those first who have used least, and gives the slow half of the slots, until they are forgotten', async () => {
  const { begin, end, running, pass } = slotsAt(2)
  for (const name of ['a1', 'a2', 'a3']) begin('a', name)
  for (const name of ['b1', 'b2']) begin('b', name)
  await end('a1', 900)
  // Of the slow one may go on.
  expect(running()).toEqual(['a2', 'b1'])
  await end('b1', 1)
  expect(running()).toEqual(['a2'])
  begin('c', 'c1')
  expect(running()).toEqual(['a2', 'c1'])
  begin('d', 'd1')
  begin('c', 'c2')
  await end('c1', 3)
  expect(running()).toEqual(['a2', 'd1'])
  await end('d1', 1)
  expect(running()).toEqual(['a2', 'c2'])
  await end('a2', 600)
  // b has used 901, and a 1,500.
  expect(running()).toEqual(['b2', 'c2'])
  pass(60_000)
  await end('c2', 1)
  expect(running()).toEqual(['a3', 'b2'])
})

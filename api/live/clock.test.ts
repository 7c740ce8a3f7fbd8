import { expect, it } from 'vitest'
import { until } from '../../test/database.ts'
import { Clock } from './clock.ts'

it('hands all watchers the same ticks, the first of them at once', async () => {
  const clock = new Clock(20)
  const [one, other] = [clock.watch(), clock.watch()]
  const first = await one.next()
  expect(await other.next()).toEqual(first)
  const [second, same] = await Promise.all([one.next(), other.next()])
  expect(second.value).not.toBe(first.value)
  expect(same.value).toBe(second.value)
  await Promise.all([one.return(), other.return()])
})

it('ends a watch that waits, with a reason when it stops itself', async () => {
  const clock = new Clock(60_000)
  const [left, cut] = [clock.watch(), clock.watch()]
  await Promise.all([left.next(), cut.next()])
  const [after, end] = [left.next(), cut.next()]
  await left.return()
  expect(await after).toEqual({ value: undefined, done: true })
  clock.stop()
  expect((await end).value).toMatchObject({ end: { code: 'SERVER_STOPPING' } })
  expect((await cut.next()).done).toBe(true)
  expect(() => clock.watch()).toThrow('stopping')
})

it('waits for nobody: who is slow is handed the tick of now', async () => {
  const clock = new Clock(5)
  const [slow, fast] = [clock.watch(), clock.watch()]
  await slow.next()
  let ticks = 0
  await until(async () => (await fast.next()) && ++ticks === 5)
  const [late, now] = [await slow.next(), await fast.next()]
  expect(Date.parse((late.value as { item: { at: string } }).item.at)).toBeLessThanOrEqual(
    Date.parse((now.value as { item: { at: string } }).item.at),
  )
  await Promise.all([slow.return(), fast.return()])
})

it('ticks at once for all watchers when it is told to hurry', async () => {
  const clock = new Clock(600_000)
  const watches = [clock.watch(), clock.watch()]
  const [first] = await Promise.all(watches.map((watch) => watch.next()))
  const waiting = watches.map((watch) => watch.next())
  for (let times = 0; times < 5; times++) clock.hurry()
  const [second, same] = await Promise.all(waiting)
  expect(second!.value).not.toBe(first!.value)
  expect(same!.value).toBe(second!.value)
  await Promise.all(watches.map((watch) => watch.return()))
})

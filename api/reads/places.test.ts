import { expect, it } from 'vitest'
import { MINUTE } from '../../config.ts'
import { Places } from './places.ts'

it('has a hundred places, forty of them for one tenant, and gives away those that nobody asks for', () => {
  const places = new Places()
  const taken = (tenant: string, from: number, now: number) =>
    Array.from({ length: 60 }, (_, n) => places.take(`${from + n}`, tenant, now)).filter(Boolean).length
  expect(taken('a', 0, 0)).toBe(40)
  expect(taken('b', 100, 0)).toBe(40)
  expect(taken('c', 200, 0)).toBe(20)
  expect(places.take('0', 'd', 29 * MINUTE)).toBe(true)
  expect(places.take('new', 'd', 29 * MINUTE)).toBe(false)
  expect(taken('d', 300, 31 * MINUTE)).toBe(40)
  expect(places.take('0', 'a', 31 * MINUTE)).toBe(true)
  expect(taken('a', 400, 31 * MINUTE)).toBe(39)
})

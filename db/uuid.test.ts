import { expect, it } from 'vitest'
import { uuidv7 } from './uuid.ts'

it('makes ids of version 7 that differ and grow, also within a millisecond and when the clock steps back', () => {
  const now = Date.now() + 10_000
  const ids = Array.from({ length: 20_000 }, (_, n) => uuidv7(now - (n % 3)))
  expect([...ids].sort()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(Number.parseInt(ids[0]!.replace('-', '').slice(0, 12), 16)).toBe(now)
})

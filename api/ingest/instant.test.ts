import { expect, it } from 'vitest'
import { occurredAt, parseInstant } from './instant.ts'

it.each([
  ['2026-11-24T10:11:12.123Z', '2026-11-24T10:11:12.123Z'],
  ['2026-11-24T10:11:12.123456789Z', '2026-11-24T10:11:12.123456Z'],
  ['2026-11-24T10:11:12+02:00', '2026-11-24T08:11:12.000Z'],
  ['2026-11-24 10:11:12-0130', '2026-11-24T11:41:12.000Z'],
  ['2026-11-24T10:11', '2026-11-24T10:11:00.000Z'],
  ['2026-11-24', '2026-11-24T00:00:00.000Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.000Z'],
])('reads %s as %s', (text, iso) => expect(parseInstant(text)?.iso).toBe(iso))

it('reads milliseconds', () => expect(parseInstant(1_764_000_000_123)?.iso).toBe('2025-11-24T16:00:00.123Z'))

it.each([
  '',
  'now',
  '2026-02-29',
  '2026-02-29T00:00:00.000Z',
  '2026-13-01',
  '2026-11-24T25:00:00Z',
  '24.11.2026',
  '2026-W48',
  'Tue Nov 24 2026',
  '20261124',
])('does not take %j for an instant', (text) => expect(parseInstant(text)).toBeNull())

it('does not take a number beyond all dates for an instant', () => expect(parseInstant(1e300)).toBeNull())

const noon = Date.parse('2026-11-24T12:00:00Z')
const at = (text: string) => parseInstant(text)

it('keeps the instant of a client whose clock agrees with ours', () => {
  expect(occurredAt(at('2026-11-24T11:00:00.000001Z'), at('2026-11-24T11:59:58Z'), noon)).toBe(
    '2026-11-24T11:00:00.000001Z',
  )
})

it('moves the instant of a client whose clock does not, by as much', () => {
  expect(occurredAt(at('2026-11-24T09:00:00Z'), at('2026-11-24T10:00:00Z'), noon)).toBe('2026-11-24T11:00:00.000Z')
  expect(occurredAt(at('2030-01-01T09:00:00Z'), at('2030-01-01T10:00:00Z'), noon)).toBe('2026-11-24T11:00:00.000Z')
})

it('takes the arrival for the instant of an event that says none', () => {
  expect(occurredAt(null, null, noon)).toBe('2026-11-24T12:00:00.000Z')
})

it('refuses what is too far away', () => {
  for (const text of ['2026-11-26T00:00:00Z', '2027-11-24T00:00:00Z', '2000-01-01T00:00:00Z']) {
    expect(() => occurredAt(at(text), null, noon)).toThrow(/Expected a time between 20 years ago and tomorrow; found/)
  }
  // Seconds in the place of milliseconds are the usual slip.
  expect(() => occurredAt(parseInstant(1_764_064_800), null, noon)).toThrow(/not of seconds\.$/)
  expect(() => occurredAt(at('2099-01-01T00:00:00Z'), null, noon)).not.toThrow(/seconds/)
})

import { expect, it } from 'vitest'
import { isSealed, seal, unseal } from './secret.ts'

const OLD = 'an old key of thirty-two characters'
const NEW = 'a new key of thirty-two characters!'

it('gives back what it sealed, for the same thing only', () => {
  const sealed = seal('whsec_ü', 'webhook 1', [OLD])
  expect(sealed).not.toContain('whsec')
  expect(seal('whsec_ü', 'webhook 1', [OLD])).not.toBe(sealed)
  expect(unseal(sealed, 'webhook 1', [OLD])).toBe('whsec_ü')
  expect(() => unseal(sealed, 'webhook 2', [OLD])).toThrow(/sealed for something else/)
  expect(() => unseal(`${sealed.slice(0, -2)}AA`, 'webhook 1', [OLD])).toThrow(/changed/)
})

it('seals with the first key and reads with each, so that keys can be changed', () => {
  const sealed = seal('s', 'x', [OLD])
  expect(unseal(sealed, 'x', [NEW, OLD])).toBe('s')
  expect(isSealed(sealed, [NEW, OLD])).toBe(false)
  expect(isSealed(seal('s', 'x', [NEW, OLD]), [NEW, OLD])).toBe(true)
  expect(() => unseal(sealed, 'x', [NEW])).toThrow(/not among SECRET_KEYS/)
})

it('keeps a secret as it is without keys, and takes none for sealed that is not', () => {
  expect(seal('plain', 'x', [])).toBe('plain')
  expect(unseal('plain', 'x', [NEW])).toBe('plain')
  expect(isSealed('plain', [])).toBe(true)
  expect(isSealed('plain', [NEW])).toBe(false)
  expect(() => seal('sealed:v1:abc', 'x', [])).toThrow(/does not begin/)
})

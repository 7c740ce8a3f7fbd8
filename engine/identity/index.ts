export { resolve } from './resolve.ts'
export type { Person, ProfileChange } from './types.ts'

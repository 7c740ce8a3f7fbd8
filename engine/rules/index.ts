export { type Compiled, compile } from './compile.ts'
export { inDependencyOrder, type Reference, references } from './order.ts'
export { parseLabelRule, parseRule } from './parse.ts'
export type * from './types.ts'

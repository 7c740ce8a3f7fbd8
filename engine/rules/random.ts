import type { Parameters } from './parameters.ts'
import type { Truth } from './truth.ts'
import type { RandomNode } from './types.ts'

/** The first 32 bits of md5(salt:id), as a fraction of all. `id` is SQL of the subject's id. */
export function compileRandom({ percent, from = 0, salt }: RandomNode, id: string, parameters: Parameters): Truth {
  const bits = `('x' || substr(md5(${parameters.add(salt, 'text')} || ':' || ${id}), 1, 8))::bit(32)::bigint`
  const edge = (percent: number) => parameters.add(String(Math.round((percent / 100) * 2 ** 32)), 'bigint')
  return { test: `(${bits} >= ${edge(from)} AND ${bits} < ${edge(from + percent)})` }
}

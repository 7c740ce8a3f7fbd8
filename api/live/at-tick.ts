import type { Context } from '../context.ts'
import { Loaders } from '../loaders/index.ts'
import type { Tick, TickMessage } from './clock.ts'

/** What is told at a tick is read then, and not what was read at the one before. */
export function atTick(message: TickMessage, _args: unknown, context: Context): Tick {
  if ('end' in message) throw message.end
  context.loaders = new Loaders(context.tenant)
  return message.item
}

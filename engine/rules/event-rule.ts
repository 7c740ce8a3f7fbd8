/** The nodes about events, of a person or of an account's people. */
import { compileEdgeEvent, compileEvent, type EventContext } from './event.ts'
import { compileFollowedBy, compileSequence } from './sequence.ts'
import type { Truth } from './truth.ts'
import type { EventRule } from './types.ts'

const NODES = ['event', 'sequence', 'followedBy', 'firstEvent', 'lastEvent']

export function isEventRule(rule: object): rule is EventRule {
  return NODES.some((name) => name in rule)
}

export function compileEventRule(rule: EventRule, context: EventContext): Truth {
  if ('event' in rule) return compileEvent(rule.event, context)
  if ('sequence' in rule) return compileSequence(rule.sequence, context)
  if ('followedBy' in rule) return compileFollowedBy(rule.followedBy, context)
  if ('firstEvent' in rule) return compileEdgeEvent(rule.firstEvent, 'first', context)
  return compileEdgeEvent(rule.lastEvent, 'last', context)
}

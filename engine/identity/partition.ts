/**
 * Who is who, in memory, for the identifiers of one batch: read once, joined person by person in their order, written
 * once. So a batch gives what its people one by one would give.
 */
import { earlier, HOUR_MS, later, millisecondsBetween } from './instant.ts'
import type { Named } from './normalise.ts'
import { type Policy, weightOf } from './policy.ts'
import { uuidv7 } from '../../db/uuid.ts'

/** One profile: stored, or born in this batch. */
export type Group = {
  id: string
  stored: boolean
  firstSeen: string
  lastSeen: string
  /** Priority of the strongest identifier. */
  priority: number
  /** Identifiers by type, spellings and retired names not counted. */
  counts: Map<string, number>
  size: number
  /** Sides in splits, as '<split id>:<side>': two sides of one split never become one profile by evidence. */
  apart: Set<string>
  /** Set when it became part of another in this batch: the one it joined, and a short cut to the last of the chain. */
  joined: Group | null
  into: Group | null
  seenMoved: boolean
  /** An alias made it part of another in the batch it was born in: history keeps it, as it would one by one. */
  kept: boolean
}

export type Known = {
  id: string
  type: string
  value: string
  aliasOf: string | null
  group: Group
  /** The group it first was in: what a later undo returns it to. */
  home: Group
  stored: boolean
  firstSeen: string
  /** To the hour: it moves when an hour or more has passed, so that a busy visitor costs one write an hour. */
  lastSeen: string
  count: number
  source: string
  /** Of the best evidence that it belongs to its group. */
  weight: number
  shared: boolean
  /** Profiles it would have joined to its own, had they not to be kept apart. */
  refusedBy: Set<string>
  changed: boolean
}

export type Sighting = {
  from: string
  to: string
  source: string
  /** False for a record without a time: it makes a person known, and says nothing about when somebody was seen. */
  dated: boolean
}

export type Link = Sighting & { a: string; b: string }

/** An identifier that went from one profile to another because heavier evidence says so. */
export type Move = { identifier: Known; from: Group; into: Group; by: string; at: string }

export type Merge = { from: Group; into: Group; cause: string; a: string; b: string; at: string }

export type Conflict = { identifier: Known; refused: Group; keptBy: Group; at: string; reason: string }

/** Where the walk over a person's identifiers stands, and the identifier that led there. */
type Current = { group: Group; by: Known /** Made for this person. */; fresh: boolean }

export class Partition {
  readonly policy: Policy
  readonly known = new Map<string, Known>()
  readonly groups = new Map<string, Group>()
  readonly links: Link[] = []
  readonly merges: Merge[] = []
  readonly moves: Move[] = []
  readonly conflicts: Conflict[] = []
  /** Identifiers that count as shared from now on. */
  readonly demoted: Known[] = []

  constructor(policy: Policy) {
    this.policy = policy
  }

  /** The profile of the person's strongest identifier, after everything the identifiers say together has been done. */
  join(names: Named[], sighting: Sighting): Group | null {
    const used = this.withoutShared(names)
    let current: Current | null = null
    for (const name of used) {
      const known = this.known.get(name.id)
      const spelled = known || name.aliasOf === null ? undefined : this.known.get(name.aliasOf)
      // A spelling belongs to what it spells, which may have been refused.
      const given = spelled && this.add(name, root(spelled.group), sighting)
      if (!current) current = this.begin(name, known ?? given, sighting)
      else if (given) continue
      else if (!known) this.attach(current, name, sighting)
      else if (root(known.group) !== current.group) this.unite(current, known, sighting)
    }
    if (current) this.see(names, used, current.group, sighting)
    return current?.group ?? null
  }

  /** Whose an identifier is, if it is known. */
  profileOf(id: string): string | undefined {
    const known = this.known.get(id)
    return known && root(known.group).id
  }

  /** What an explicit alias says: both are one person, and the previous name no longer counts against a limit. */
  alias(name: Named, previous: Named[], sighting: Sighting): void {
    const target = this.known.get(name.id)
    if (!target) return
    const others = previous.flatMap(({ id }) => this.known.get(id) ?? [])
    const kept = others.filter((known) => apart(root(known.group), root(target.group)))
    for (const known of kept) this.refuse(known, root(target.group), root(known.group), sighting, 'apart')
    // It is one name, whatever its types: who is not to be joined by one of them lends it to nobody by another.
    if (kept.length > 0) return
    for (const old of previous) {
      if (old.id === name.id) continue
      const known = this.known.get(old.id)
      const retired = old.type.key === name.type.key ? name.id : old.aliasOf
      if (!known) {
        this.add({ ...old, aliasOf: retired }, root(target.group), sighting)
      } else if (root(known.group) === root(target.group)) {
        this.retire(known, retired)
      } else if (!apart(root(known.group), root(target.group))) {
        this.retire(known, retired)
        this.merge(root(target.group), root(known.group), 'alias', target, known, sighting)
      } else continue
      this.link(target.id, old.id, sighting)
    }
  }

  /** A shared value says who somebody is only where nothing else does. */
  private withoutShared(names: Named[]): Named[] {
    const linking = names.filter((name) => !name.type.shared && !this.known.get(name.aliasOf ?? name.id)?.shared)
    if (linking.length > 0) return linking
    const first = names[0]
    return first ? names.filter((name) => (name.aliasOf ?? name.id) === first.id) : []
  }

  private begin(name: Named, known: Known | undefined, sighting: Sighting): Current {
    if (known) return { group: root(known.group), by: known, fresh: false }
    const group = this.create(sighting)
    return { group, by: this.add(name, group, sighting), fresh: true }
  }

  private unite(current: Current, known: Known, sighting: Sighting): void {
    const other = root(known.group)
    const reason = this.obstacle(current.group, other)
    if (reason !== null) {
      if (this.outweighs(known, current.group, sighting)) return this.move(known, current, sighting)
      return this.refuse(known, current.group, other, sighting, reason)
    }
    if (current.fresh) {
      // The stronger names are new: they join who is known already, instead of the other way round.
      this.groups.delete(current.group.id)
      absorb(other, current.group)
      current.group = other
      current.fresh = false
    } else current.group = this.merge(current.group, other, 'evidence', current.by, known, sighting)
  }

  /** Attaches a new identifier, or lets it stand alone where it would break a limit. */
  private attach(current: Current, name: Named, sighting: Sighting): void {
    const full = !name.aliasOf && (current.group.counts.get(name.type.key) ?? 0) >= name.type.max
    const group = full ? this.create(sighting) : current.group
    this.add(name, group, sighting)
    if (full) this.refuse(current.by, group, current.group, sighting, `limit:${name.type.key}`)
  }

  /** True where this sighting is better evidence than what gave the identifier to its group, and this group has room. */
  private outweighs(known: Known, group: Group, { source }: Sighting): boolean {
    const type = this.policy.type(known.type)
    if (weightOf(type, source) <= known.weight || known.aliasOf || known.shared) return false
    return (
      (group.counts.get(known.type) ?? 0) < type.max && root(known.group).size > 1 && !apart(group, root(known.group))
    )
  }

  private move(known: Known, { group, by }: Current, { source, to }: Sighting): void {
    const from = root(known.group)
    from.size--
    from.counts.set(known.type, (from.counts.get(known.type) ?? 1) - 1)
    group.size++
    group.counts.set(known.type, (group.counts.get(known.type) ?? 0) + 1)
    group.priority = Math.min(group.priority, this.policy.type(known.type).priority)
    known.group = group
    known.weight = weightOf(this.policy.type(known.type), source)
    known.changed = true
    for (const spelling of this.known.values()) if (spelling.aliasOf === known.id) spelling.group = group
    this.moves.push({ identifier: known, from, into: group, by: by.id, at: to })
  }

  private obstacle(a: Group, b: Group): string | null {
    if (apart(a, b)) return 'apart'
    for (const [type, count] of a.counts) {
      const other = b.counts.get(type)
      if (other && count + other > this.policy.type(type).max) return `limit:${type}`
    }
    return null
  }

  private refuse(known: Known, refused: Group, keptBy: Group, { to }: Sighting, reason: string): void {
    const { max, peopleLimit } = this.policy.type(known.type)
    // Enough is known of it: ten thousand notes more would say nothing new.
    if (known.refusedBy.has(refused.id) || known.refusedBy.size >= peopleLimit) return
    known.refusedBy.add(refused.id)
    this.conflicts.push({ identifier: known, refused, keptBy, at: to, reason })
    if (reason === 'apart' || known.shared || known.refusedBy.size < peopleLimit) return
    // A user_id names one person by definition; that its person has more cookies than allowed says nothing against it.
    if (max === 1) return
    known.shared = true
    known.changed = true
    this.demoted.push(known)
  }

  private merge(a: Group, b: Group, cause: string, by: Known, known: Known, { to }: Sighting): Group {
    const [into, from] = survives(a, b) ? [a, b] : [b, a]
    from.kept = cause === 'alias'
    absorb(into, from)
    this.merges.push({ from, into, cause, a: by.id, b: known.id, at: to })
    return into
  }

  private create({ from, to }: Sighting): Group {
    const group: Group = {
      id: uuidv7(Date.now()),
      stored: false,
      firstSeen: from,
      lastSeen: to,
      priority: Number.POSITIVE_INFINITY,
      counts: new Map(),
      size: 0,
      apart: new Set(),
      joined: null,
      into: null,
      seenMoved: false,
      kept: false,
    }
    this.groups.set(group.id, group)
    return group
  }

  private add(name: Named, group: Group, { from, to, source }: Sighting): Known {
    const known: Known = {
      id: name.id,
      type: name.type.key,
      value: name.value,
      aliasOf: name.aliasOf,
      group,
      home: group,
      stored: false,
      firstSeen: from,
      lastSeen: to,
      count: 1,
      source,
      weight: weightOf(name.type, source),
      shared: name.type.shared,
      refusedBy: new Set(),
      changed: true,
    }
    this.known.set(known.id, known)
    group.size++
    if (!known.aliasOf) {
      group.counts.set(known.type, (group.counts.get(known.type) ?? 0) + 1)
      group.priority = Math.min(group.priority, name.type.priority)
    }
    return known
  }

  private retire(known: Known, aliasOf: string | null): void {
    if (aliasOf === null || known.aliasOf === aliasOf) return
    if (!known.aliasOf) {
      const { counts } = root(known.group)
      counts.set(known.type, (counts.get(known.type) ?? 1) - 1)
    }
    known.aliasOf = aliasOf
    known.changed = true
  }

  /** Times: the profile's to the microsecond, identifiers' and links' to the hour. And how well it is known. */
  private see(names: Named[], used: Named[], group: Group, sighting: Sighting): void {
    for (const name of names) {
      const known = this.known.get(name.id)
      if (!known) continue
      if (sighting.dated) {
        stretch(root(known.group), sighting.from, sighting.to)
        if (touch(known, sighting)) known.changed = true
      }
      const weight = weightOf(name.type, sighting.source)
      if (weight > known.weight && root(known.group) === root(group)) {
        known.weight = weight
        known.changed = true
      }
    }
    const [first, ...others] = used
    if (first) for (const other of others) this.link(first.id, other.id, sighting)
  }

  private link(a: string, b: string, sighting: Sighting): void {
    if (a !== b) this.links.push({ ...sighting, a: earlier(a, b), b: later(a, b) })
  }
}

/** The group that a group has become part of, itself at best. */
export function root(group: Group): Group {
  let found = group
  while (found.into) found = found.into
  while (group.into && group.into !== found) [group.into, group] = [found, group.into]
  return found
}

/** True where the sighting is worth a write: the first, earlier than the first, or an hour after the last. */
function touch(seen: Known, { from, to }: Sighting): boolean {
  const newer = to > seen.lastSeen && millisecondsBetween(seen.lastSeen, to) >= HOUR_MS
  const older = from < seen.firstSeen
  if (older) seen.firstSeen = from
  if (newer) {
    seen.lastSeen = to
    seen.count++
  }
  return older || newer
}

function absorb(into: Group, from: Group): void {
  from.joined = into
  from.into = into
  into.size += from.size
  into.priority = Math.min(into.priority, from.priority)
  for (const [type, count] of from.counts) into.counts.set(type, (into.counts.get(type) ?? 0) + count)
  for (const side of from.apart) into.apart.add(side)
  stretch(into, from.firstSeen, from.lastSeen)
}

function stretch(group: Group, from: string, to: string): void {
  if (from >= group.firstSeen && to <= group.lastSeen) return
  group.firstSeen = earlier(group.firstSeen, from)
  group.lastSeen = later(group.lastSeen, to)
  group.seenMoved = true
}

function apart(a: Group, b: Group): boolean {
  for (const side of a.apart) {
    if (b.apart.has(side.endsWith(':0') ? side.replace(/0$/, '1') : side.replace(/1$/, '0'))) return true
  }
  return false
}

/** Who is known by a stronger name, then by more names, then for longer. */
function survives(a: Group, b: Group): boolean {
  if (a.priority !== b.priority) return a.priority < b.priority
  if (a.size !== b.size) return a.size > b.size
  return a.id < b.id
}

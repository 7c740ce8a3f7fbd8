/**
 * What resolve() should come to, said as simply as it can be said: lists, scans, one person after the other. For tests
 * only; it shares no code with partition.ts.
 */
export type OracleEvent = {
  id: string
  at: string
  ids: Record<string, string>
  traits?: Record<string, unknown>
  previousId?: string
}

type OracleProfile = { names: Set<string>; first: string; last: string }
type Split = { left: Set<string>; right: Set<string> }

const ORDER = ['user_id', 'contact', 'lead', 'email', 'phone', 'anonymous_id']
/** As events.identifier_id: whose the event is, and what it says. */
const OWNERS = ['user_id', 'anonymous_id', 'email', 'phone']
const MAX: Record<string, number> = { user_id: 1, contact: 10, lead: 20, email: 10, phone: 10, anonymous_id: 500 }

export class Oracle {
  profiles: OracleProfile[] = []
  /** Former names, and what they are the former name of. */
  private readonly retired = new Map<string, string>()
  private readonly splits: Split[] = []
  /** Per identifier, everything ever said of it. */
  private readonly said = new Map<string, OracleEvent[]>()
  /** Names that the tenant blocks. */
  private readonly blocked: ReadonlySet<string>
  /** Whose each event is, by its id. */
  readonly owners = new Map<string, string>()

  constructor(blocked: Iterable<string> = []) {
    this.blocked = new Set(blocked)
  }

  see(event: OracleEvent): void {
    const known = (type: string) => event.ids[type] !== undefined && !this.blocked.has(`${type}:${event.ids[type]}`)
    const names = ORDER.filter(known).map((type) => `${type}:${event.ids[type]}`)
    let mine: OracleProfile | undefined
    let fresh = false
    for (const name of names) {
      const its = this.find(name)
      if (!mine) {
        mine = its ?? this.born(name, event.at)
        fresh = !its
      } else if (!its) {
        if (this.fits(mine, [name])) mine.names.add(name)
        else this.born(name, event.at)
      } else if (its !== mine && this.fits(mine, [...its.names]) && !this.keptApart(mine, its)) {
        mine = fresh ? this.become(its, mine) : this.become(mine, its)
        fresh = false
      }
    }
    for (const name of names) this.stretch(this.find(name)!, event.at)
    const owner = OWNERS.find(known)
    if (!owner) return
    const owning = `${owner}:${event.ids[owner]}`
    this.owners.set(event.id, owning)
    if (event.traits) this.said.set(owning, [...(this.said.get(owning) ?? []), event])
    if (event.previousId !== undefined && known('user_id')) this.alias(`user_id:${event.ids.user_id}`, event)
  }

  private alias(name: string, { previousId, at }: OracleEvent): void {
    const former = [`user_id:${previousId}`, `anonymous_id:${previousId}`].filter((old) => !this.blocked.has(old))
    const kept = (old: string) => this.find(old) !== undefined && this.keptApart(this.find(name)!, this.find(old)!)
    if (former.some(kept)) return
    for (const old of former) {
      const mine = this.find(name)!
      const its = this.find(old)
      if (old === name) continue
      if (!its) {
        mine.names.add(old)
        this.stretch(mine, at)
      } else if (its !== mine) {
        if (this.keptApart(mine, its)) continue
        this.become(mine, its)
      }
      if (old.startsWith('user_id:')) this.retired.set(old, name)
    }
  }

  /** By hand: one profile, and no split of before between the two counts any more. */
  merge(a: string, b: string): void {
    const [mine, its] = [this.find(a)!, this.find(b)!]
    const both = [...mine.names, ...its.names]
    for (const split of this.splits) {
      if (!both.some((name) => split.left.has(name)) || !both.some((name) => split.right.has(name))) continue
      for (const name of both) for (const side of [split.left, split.right]) side.delete(name)
    }
    this.become(mine, its)
  }

  /** By hand: these names, and what is a former name of one of them, are somebody else. False when nobody would be left. */
  split(chosen: string[]): boolean {
    const profile = this.find(chosen[0]!)!
    const leaving = new Set(chosen)
    for (let size = 0; size !== leaving.size; ) {
      size = leaving.size
      for (const [old, name] of this.retired) {
        if (!profile.names.has(old) || !profile.names.has(name)) continue
        if (leaving.has(old) || leaving.has(name)) leaving.add(old).add(name)
      }
    }
    const staying = [...profile.names].filter((name) => !leaving.has(name))
    if (staying.length === 0) return false
    profile.names = new Set(staying)
    this.profiles.push({ ...profile, names: leaving })
    this.splits.push({ left: new Set(staying), right: new Set(leaving) })
    return true
  }

  private keptApart(a: OracleProfile, b: OracleProfile): boolean {
    const has = (profile: OracleProfile, side: Set<string>) => [...profile.names].some((name) => side.has(name))
    return this.splits.some(({ left, right }) => (has(a, left) && has(b, right)) || (has(a, right) && has(b, left)))
  }

  find(name: string): OracleProfile | undefined {
    return this.profiles.find((profile) => profile.names.has(name))
  }

  private born(name: string, at: string): OracleProfile {
    const profile = { names: new Set([name]), first: at, last: at }
    this.profiles.push(profile)
    return profile
  }

  private fits(profile: OracleProfile, more: string[]): boolean {
    const count = (names: Iterable<string>, type: string) =>
      [...names].filter((name) => name.startsWith(`${type}:`) && !this.retired.has(name)).length
    return ORDER.every((type) => {
      const [had, added] = [count(profile.names, type), count(more, type)]
      return had === 0 || added === 0 || had + added <= MAX[type]!
    })
  }

  private become(into: OracleProfile, from: OracleProfile): OracleProfile {
    for (const name of from.names) into.names.add(name)
    this.stretch(into, from.first)
    this.stretch(into, from.last)
    this.profiles = this.profiles.filter((profile) => profile !== from)
    return into
  }

  private stretch(profile: OracleProfile, at: string): void {
    if (at < profile.first) profile.first = at
    if (at > profile.last) profile.last = at
  }

  /** Comparable: every profile with its names, span and traits, in a fixed order. */
  state() {
    const states = this.profiles.map((profile) => {
      const said = [...profile.names].flatMap((name) => this.said.get(name) ?? [])
      said.sort((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1))
      const traits: Record<string, unknown> = {}
      for (const event of said) Object.assign(traits, event.traits)
      for (const [trait, value] of Object.entries(traits)) if (value === null) delete traits[trait]
      return { names: [...profile.names].sort(), first: profile.first, last: profile.last, traits }
    })
    return states.sort((a, b) => (a.names[0]! < b.names[0]! ? -1 : 1))
  }
}

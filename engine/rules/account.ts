/** Rules about the accounts a profile belongs to, and about the people of an account. */
import { compileComparison, compileNumber } from './condition.ts'
import { compileCounted } from './counted.ts'
import { type Parameters, PROFILES } from './parameters.ts'
import { ACCOUNT_COLUMNS } from './kinds.ts'
import { fieldsOf, RecordScans, recordRows } from './records.ts'
import { Parts } from './scan.ts'
import { and, FALSE, holdsUntil, not, or, toTest, toUntil, type Truth } from './truth.ts'
import type { AccountRule, PeopleNode, Rule } from './types.ts'

const OURS = 'tenant_id = (SELECT kith_tenant())'

/** All account rules of a statement; one row of answers per account, and of those the best per profile. */
export class Accounts {
  private readonly parameters: Parameters
  private readonly compilePerson: (rule: Rule) => Truth
  private readonly scans = new RecordScans('account')
  private readonly parts = new Parts('account_parts')
  private readonly answers: string[] = []
  /** The rules about people, as SQL of u over a profile. */
  private readonly people: string[] = []
  readonly peopleRules: PeopleNode[] = []

  constructor(parameters: Parameters, compilePerson: (rule: Rule) => Truth) {
    this.parameters = parameters
    this.compilePerson = compilePerson
  }

  get used(): boolean {
    return this.answers.length > 0
  }

  /** Some account of the profile satisfies the rule. */
  add(rule: AccountRule): Truth {
    const n = this.answers.push(toUntil(this.rule(rule))) - 1
    return { until: `coalesce(account_answers.a${n}, ${toUntil(FALSE)})` }
  }

  private rule(rule: AccountRule): Truth {
    if ('all' in rule) return and(rule.all.map((child) => this.rule(child)))
    if ('any' in rule) return or(rule.any.map((child) => this.rule(child)))
    if ('not' in rule) return not(this.rule(rule.not))
    if ('people' in rule) return this.peopleOf(rule.people)
    if ('record' in rule) {
      return compileCounted(rule.record, recordRows(rule.record, this.scans, this.parts, this.parameters))
    }
    const operand = fieldsOf('a', ACCOUNT_COLUMNS, this.parameters)(rule.field.path)
    return compileComparison(rule.field, operand, this.parameters)
  }

  private peopleOf(node: PeopleNode): Truth {
    const { rule, count } = node
    this.peopleRules.push(node)
    const n = this.people.push(toUntil(this.compilePerson(rule))) - 1
    const test = toTest(compileNumber(`coalesce(people_facts.n${n}, 0)`, count ?? { gte: 1 }, this.parameters))
    return holdsUntil(test, `to_timestamp(nullif(people_facts.t${n}, 'infinity'))`)
  }

  /** Whose identifiers must be known: the profiles asked about, and where rules ask for it, everybody of their accounts. */
  ids(): { ctes: string[]; profiles: string } {
    if (this.people.length === 0) return { ctes: [], profiles: `ANY (${PROFILES})` }
    const colleagues = `colleagues AS (
SELECT DISTINCT account_id, profile_id
FROM profile_accounts
WHERE ${OURS} AND account_id = ANY (ARRAY(SELECT account_id FROM profile_accounts WHERE ${OURS} AND profile_id = ANY (${PROFILES})))
)`
    return {
      ctes: [colleagues],
      profiles: `ANY (ARRAY(SELECT unnest(${PROFILES}) UNION SELECT profile_id FROM colleagues))`,
    }
  }

  /** CTEs that end in account_answers; `chain` is FROM and joins of the profiles, for the rules about people. */
  build(chain: string): { ctes: string[]; joins: string[] } {
    if (!this.used) return { ctes: [], joins: [] }
    const facts = this.scans.build('a.id')
    const parts = this.parts.build('a.id')
    const joins = [...facts.joins, ...parts.joins]
    if (this.people.length > 0) joins.push('LEFT JOIN people_facts ON people_facts.owner_id = a.id')
    const answers = this.answers.map((sql, n) => `  ${sql} AS a${n}`)
    const best = this.answers.map((_sql, n) => `  max(a${n}) AS a${n}`)
    return {
      ctes: [
        `works_at AS (\nSELECT DISTINCT profile_id AS owner_id, account_id FROM profile_accounts WHERE ${OURS} AND profile_id = ANY (${PROFILES})\n)`,
        `accounts_read AS (\nSELECT * FROM accounts WHERE ${OURS} AND id IN (SELECT account_id FROM works_at)\n)`,
        ...facts.ctes,
        ...parts.ctes,
        ...this.peopleFacts(chain),
        `account_answers AS (
SELECT w.owner_id,
${best.join(',\n')}
FROM works_at w
JOIN (
SELECT a.id,
${answers.join(',\n')}
FROM accounts_read a
CROSS JOIN once
${joins.join('\n')}
) x ON x.id = w.account_id
GROUP BY w.owner_id
)`,
      ],
      joins: ['LEFT JOIN account_answers ON account_answers.owner_id = s.id'],
    }
  }

  private peopleFacts(chain: string): string[] {
    if (this.people.length === 0) return []
    const answers = this.people.map((sql, n) => `  ${sql} AS q${n}`)
    const facts = this.people.map((_sql, n) => `  count(*) FILTER (WHERE q${n} > 0) AS n${n}, min(abs(q${n})) AS t${n}`)
    return [
      `people_answers AS (\nSELECT s.id,\n${answers.join(',\n')}\n${chain}\n)`,
      `people_facts AS (
SELECT c.account_id AS owner_id,
${facts.join(',\n')}
FROM colleagues c
JOIN people_answers p ON p.id = c.profile_id
GROUP BY c.account_id
)`,
    ]
  }
}

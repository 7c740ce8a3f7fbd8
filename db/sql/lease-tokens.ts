import type { Transaction } from '../client.ts'

/**
 * Takes `want` tokens from a bucket that fills by `rate` a second up to two seconds' worth. Resolves to how many were granted,
 * all or none: all as long as the bucket is not empty, which may leave it in debt, so that no batch is too large to pass.
 */
export async function leaseTokens(sql: Transaction, subject: string, rate: number, want: number): Promise<number> {
  const [row] = await sql<[{ granted: number }]>`
INSERT INTO rate_buckets AS b (subject, tokens, granted, at)
VALUES (${subject}, ${2 * rate}::float8 - ${want}::float8, ${want}::float8, clock_timestamp())
ON CONFLICT (tenant_id, subject) DO UPDATE SET (tokens, granted, at) = (
  SELECT full_by_now - granted, granted, clock_timestamp()
  FROM (SELECT least(${2 * rate}::float8, b.tokens + extract(epoch FROM clock_timestamp() - b.at) * ${rate}::float8) AS full_by_now) AS f,
    LATERAL (SELECT CASE WHEN full_by_now > 0 THEN ${want}::float8 ELSE 0 END AS granted) AS g
)
RETURNING granted`
  return row.granted
}

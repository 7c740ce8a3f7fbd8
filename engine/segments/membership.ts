import type { Stored } from '../rules/index.ts'

/**
 * Segments' share of the reaction: who is a member now, who was, and the rows that follow from the difference.
 *
 * When profiles merge, the loser's memberships become the survivor's, with the older `since`. For the person nothing
 * happened, so both transitions that tell of it (the loser left, the survivor entered) say 'merge'. Only if neither the
 * survivor was a member nor is one now has the person left, and the loser's transition is an ordinary one.
 */
/** `everybody`: SQL of the array of the profiles and those that were merged into them; or with the accounts. */
export const membershipPart = (everybody: string, { id, members }: Stored) => `
member AS MATERIALIZED (
  SELECT segment_id, ${id}, since FROM ${members}
  WHERE ${id} = ANY (${everybody})
),
inherited_member AS MATERIALIZED (
  SELECT segment_id, survivor AS ${id}, min(since) AS since
  FROM merged JOIN member ON ${id} = loser
  GROUP BY segment_id, survivor
),
membership AS MATERIALIZED (
  SELECT segment_id, ${id}, is_member, since, inherited
  FROM (
    -- FULL JOIN: never a nested loop, see EventScan.cte. Whoever is not in a segment and never was is most of all, and does not come here.
    SELECT segment_id, ${id}, e.segment_id IS NOT NULL AS is_member, m.since, i.since AS inherited, f.${id} IS NOT NULL AS is_evaluated
    FROM (SELECT definition_id AS segment_id, ${id} FROM evaluated WHERE is_member) e
    FULL JOIN member m USING (segment_id, ${id})
    FULL JOIN inherited_member i USING (segment_id, ${id})
    FULL JOIN flip f USING (${id})
    OFFSET 0
  ) m
  JOIN definition d ON d.id = segment_id
  WHERE is_evaluated AND (is_member <> (since IS NOT NULL) OR inherited IS NOT NULL)
  UNION ALL
  -- A paused segment is not evaluated: it keeps its last result, through a merge too.
  SELECT segment_id, ${id}, true, m.since, i.since
  FROM inherited_member i LEFT JOIN member m USING (segment_id, ${id})
  WHERE segment_id NOT IN (SELECT id FROM definition)
),
member_inserted AS (
  INSERT INTO ${members} (segment_id, ${id}, since)
  SELECT segment_id, ${id}, coalesce(inherited, $2::timestamptz) FROM membership WHERE is_member AND since IS NULL
),
member_aged AS (
  UPDATE ${members} m SET since = n.inherited FROM membership n
  WHERE n.is_member AND n.inherited < n.since AND (m.segment_id, m.${id}) = (n.segment_id, n.${id})
),
member_deleted AS (
  DELETE FROM ${members} m USING (
    SELECT segment_id, ${id} FROM membership WHERE NOT is_member AND since IS NOT NULL
    UNION ALL
    SELECT segment_id, ${id} FROM member JOIN merged ON loser = ${id}
  ) AS gone
  WHERE (m.segment_id, m.${id}) = (gone.segment_id, gone.${id})
),
segment_change AS (
  SELECT CASE WHEN is_member THEN 'segment_entered' ELSE 'segment_left' END AS kind, ${id}, segment_id,
    is_member AND inherited IS NOT NULL AS merge
  FROM membership
  WHERE is_member <> (since IS NOT NULL)
  UNION ALL
  SELECT 'segment_left', loser, m.segment_id, n.since IS NOT NULL OR n.is_member
    OR row_number() OVER (PARTITION BY m.segment_id, survivor ORDER BY m.since) > 1
  FROM merged
  JOIN member m ON m.${id} = loser
  JOIN membership n ON n.segment_id = m.segment_id AND n.${id} = survivor
)`

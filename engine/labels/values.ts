import type { Stored } from '../rules/index.ts'

/**
 * Labels' share of the reaction: the value now, the value before, and the rows that follow from the difference. A merge
 * is told as for segments: 'merge' says that the person had this value all along, under the other profile.
 */
export const valuesPart = (everybody: string, { id, values }: Stored) => `
label_held AS MATERIALIZED (
  SELECT label_id, ${id}, value, since FROM ${values}
  WHERE ${id} = ANY (${everybody})
),
inherited_value AS MATERIALIZED (
  SELECT label_id, survivor AS ${id}, value, min(since) AS since
  FROM merged JOIN label_held ON ${id} = loser
  GROUP BY label_id, survivor, value
),
labelled AS MATERIALIZED (
  SELECT d.id AS label_id, e.${id}, now.value, e.held, e.since, i.since AS inherited
  FROM (
    SELECT e.definition_id, e.${id}, e.value, h.value AS held, h.since
    FROM (SELECT * FROM evaluated WHERE is_member IS NULL) e FULL JOIN label_held h ON h.label_id = e.definition_id AND h.${id} = e.${id}
    OFFSET 0
  ) e
  JOIN definition d ON d.id = e.definition_id
  CROSS JOIN LATERAL (SELECT nullif(e.value, 'null') AS value) AS now
  LEFT JOIN inherited_value i ON i.label_id = d.id AND i.${id} = e.${id} AND i.value = now.value
  WHERE now.value IS DISTINCT FROM e.held OR i.since < e.since
  UNION ALL
  -- A paused label is not evaluated: the survivor keeps its own value, or takes the loser's.
  (SELECT DISTINCT ON (label_id, ${id}) label_id, ${id}, i.value, NULL, NULL, i.since
  FROM inherited_value i LEFT JOIN label_held h USING (label_id, ${id})
  WHERE h.since IS NULL AND label_id NOT IN (SELECT id FROM definition)
  ORDER BY label_id, ${id}, i.since)
),
value_written AS (
  INSERT INTO ${values} (label_id, ${id}, value, since)
  SELECT label_id, ${id}, value, coalesce(inherited, $2::timestamptz) FROM labelled WHERE value IS NOT NULL
  ON CONFLICT (tenant_id, label_id, ${id}) DO UPDATE SET value = excluded.value, since = excluded.since
),
value_deleted AS (
  DELETE FROM ${values} v USING (
    SELECT label_id, ${id} FROM labelled WHERE value IS NULL
    UNION ALL
    SELECT label_id, ${id} FROM label_held JOIN merged ON loser = ${id}
  ) AS gone
  WHERE (v.label_id, v.${id}) = (gone.label_id, gone.${id})
),
label_change AS (
  SELECT ${id}, label_id, held AS from_value, value AS to_value, inherited IS NOT NULL AS merge
  FROM labelled
  WHERE value IS DISTINCT FROM held
  UNION ALL
  SELECT loser, l.label_id, l.value, NULL, s.since IS NOT NULL OR n.value IS NOT NULL
    OR row_number() OVER (PARTITION BY l.label_id, survivor ORDER BY l.since) > 1
  FROM merged
  JOIN label_held l ON l.${id} = loser
  LEFT JOIN label_held s ON s.label_id = l.label_id AND s.${id} = survivor
  LEFT JOIN labelled n ON n.label_id = l.label_id AND n.${id} = survivor
)`

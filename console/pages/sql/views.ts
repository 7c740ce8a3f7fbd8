/** The schema `analytics`, as docs/sql.md tells it. */
export const VIEWS: { name: string; text: string }[] = [
  {
    name: 'profile_360',
    text: 'a person, with traits, identifiers, labels, segments, orders, revenue and open tickets',
  },
  { name: 'profiles', text: 'a person, also one that has become part of another (merged_into)' },
  { name: 'identifiers', text: 'what names a person: type, value, profile_id' },
  { name: 'events', text: 'what happened; say an interval of occurred_at, so that only its weeks are read' },
  { name: 'segments', text: 'a definition: key, rule, status, complete' },
  { name: 'segment_members', text: 'who is in a segment now, and since when' },
  { name: 'segment_accounts', text: 'which account is in a segment of accounts now, and since when' },
  { name: 'labels', text: 'the value of a label for a person, and since when' },
  { name: 'account_labels', text: 'the value of a label for an account, and since when' },
  { name: 'transitions', text: 'what changed for whom, when, and because of what' },
  { name: 'accounts', text: 'an enterprise' },
  { name: 'contacts', text: 'a CRM contact, with the profile that it is about' },
  { name: 'leads', text: 'somebody who may become a customer' },
  { name: 'opportunities', text: 'a sale that may come about' },
  { name: 'orders', text: 'an order; its lines are in order_items' },
  { name: 'order_items', text: 'a line of an order' },
  { name: 'contracts', text: 'a contract' },
  { name: 'memberships', text: 'a membership of a programme' },
  { name: 'tickets', text: 'a request for help' },
  { name: 'activities', text: 'a call, an e-mail, a meeting, a note' },
  { name: 'objects', text: 'a kind of record of your own' },
  { name: 'records', text: 'a record of one of them: object (key), custom, with the profile that it is about' },
  { name: 'consents', text: 'what a person allowed, per purpose and channel' },
]

export const EXAMPLES: { title: string; text: string }[] = [
  {
    title: 'How large is each segment?',
    text: 'SELECT segment, count(*) FROM segment_members GROUP BY segment ORDER BY 2 DESC;',
  },
  {
    title: 'Who was in a segment at an instant?',
    text: `SELECT profile_id FROM (
  SELECT DISTINCT ON (profile_id) profile_id, kind FROM transitions
  WHERE segment = 'vip' AND at <= now() - interval '7 days'
  ORDER BY profile_id, at DESC, id DESC
) AS latest WHERE kind = 'segment_entered';`,
  },
  {
    title: 'What did people do in the hour before they entered?',
    text: `SELECT e.name, count(*)
FROM transitions t
JOIN events e ON e.profile_id = t.profile_id AND e.occurred_at BETWEEN t.at - interval '1 hour' AND t.at
WHERE t.kind = 'segment_entered' AND t.segment = 'vip' AND e.occurred_at > now() - interval '30 days'
GROUP BY 1 ORDER BY 2 DESC;`,
  },
]

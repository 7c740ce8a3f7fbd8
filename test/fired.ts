import type { Client } from '../db/client.ts'

/** Writes down in a table `fired` (id, at) when each profile's timer fires: the job that it joins may be older. */
export async function recordFired(owner: Client): Promise<void> {
  await owner`CREATE TABLE fired (id uuid, at timestamptz)`
  await owner.unsafe(`
CREATE FUNCTION record_fired() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO fired SELECT profile_id, clock_timestamp() FROM gone;
  RETURN NULL;
END $$`)
  await owner`CREATE TRIGGER record_fired AFTER DELETE ON timers REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION record_fired()`
}

-- What relay and workers keep beside the queue.

-- A transaction of a million rows is turned into jobs piece by piece, so a position in the log is a pair: the transaction's
-- commit, and the message within it.
ALTER TABLE ops.relays ADD COLUMN message_lsn pg_lsn NOT NULL DEFAULT '0/0';
--> statement-breakpoint
-- Set before a slot is made anew and cleared in the transaction that enqueues the recompute: a crash in between forgets nothing.
ALTER TABLE ops.relays ADD COLUMN recompute_due boolean NOT NULL DEFAULT false;

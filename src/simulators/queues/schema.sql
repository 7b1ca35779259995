CREATE TABLE messages (
  -- Decides between messages that are ready at the same time. A message that goes to the end of a
  -- queue, or to another one, gets a new number.
  sequence INTEGER PRIMARY KEY,
  queue TEXT NOT NULL,
  id TEXT NOT NULL,                  -- 32 hexadecimal digits
  accepted_at_ms INTEGER NOT NULL,   -- since the epoch; what consumers see as the timestamp
  queued_at_ms INTEGER NOT NULL,     -- since the epoch; when its current delay began
  ready_at_ms INTEGER NOT NULL,      -- since the epoch; when its current delay ends
  failed_attempts INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  body_bytes INTEGER NOT NULL,       -- plain: an index with a generated column covers no query
  body BLOB NOT NULL                 -- last, so that other columns are read without it
) STRICT;

-- Has all that due times and metrics are made of, so that neither reads bodies.
CREATE INDEX messages_by_readiness
  ON messages (queue, ready_at_ms, sequence, body_bytes, accepted_at_ms);

CREATE INDEX messages_by_queueing ON messages (queue, queued_at_ms);

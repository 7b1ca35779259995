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

-- Has all that due times are made of, and the part of the metrics that is not ready, without bodies.
CREATE INDEX messages_by_readiness ON messages (queue, ready_at_ms, sequence, body_bytes);

-- Finds the oldest message that is ready.
CREATE INDEX messages_by_age ON messages (queue, accepted_at_ms, ready_at_ms, sequence);

CREATE INDEX messages_by_queueing ON messages (queue, queued_at_ms);

-- Everything in a queue, ready or not. Each message that is sent reports the metrics, and must not
-- count what is there already.
CREATE TABLE totals (
  queue TEXT PRIMARY KEY,
  messages INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER message_added AFTER INSERT ON messages BEGIN
  INSERT INTO totals VALUES (new.queue, 1, new.body_bytes)
  ON CONFLICT DO UPDATE SET messages = messages + 1, bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER message_removed AFTER DELETE ON messages BEGIN
  UPDATE totals SET messages = messages - 1, bytes = bytes - old.body_bytes WHERE queue = old.queue;
END;

CREATE TRIGGER message_moved AFTER UPDATE OF queue ON messages BEGIN
  UPDATE totals SET messages = messages - 1, bytes = bytes - old.body_bytes WHERE queue = old.queue;
  INSERT INTO totals VALUES (new.queue, 1, new.body_bytes)
  ON CONFLICT DO UPDATE SET messages = messages + 1, bytes = bytes + excluded.bytes;
END;

CREATE TABLE windows (
  namespace TEXT NOT NULL,
  key TEXT NOT NULL,
  -- Seconds.
  period INTEGER NOT NULL,
  -- Number of the window since the epoch; earlier ones are overwritten.
  number INTEGER NOT NULL,
  -- Calls that were let through.
  calls INTEGER NOT NULL,
  PRIMARY KEY (namespace, key, period)
) WITHOUT ROWID, STRICT;

CREATE TABLE records (
  number INTEGER PRIMARY KEY,
  log TEXT NOT NULL,
  -- JSON.
  record TEXT NOT NULL
) STRICT;
CREATE INDEX records_by_log ON records (log, number);

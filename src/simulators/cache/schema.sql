CREATE TABLE entries (
  worker TEXT NOT NULL,
  cache TEXT NOT NULL,          -- the name as it is on the wire; '' is the default cache
  key TEXT NOT NULL,
  stored_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  age_s INTEGER NOT NULL,       -- that it had when it was stored
  status INTEGER NOT NULL,
  reason BLOB NOT NULL,
  headers BLOB NOT NULL,        -- lines, as in HTTP
  body ANY NOT NULL,            -- a payload
  PRIMARY KEY (worker, cache, key)
) STRICT;

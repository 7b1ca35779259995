CREATE TABLE entries (
  namespace TEXT NOT NULL,
  key TEXT NOT NULL,            -- compared byte by byte, which is KV's order
  expires_at_s INTEGER,         -- seconds since the epoch; NULL never expires
  metadata TEXT,                -- JSON as it arrived
  value ANY NOT NULL,           -- a payload; last, so that listing never walks its overflow pages
  PRIMARY KEY (namespace, key)
) STRICT;

-- Listing drops what has expired, and must not read the whole namespace to find it.
CREATE INDEX entries_by_expiry ON entries (namespace, expires_at_s) WHERE expires_at_s IS NOT NULL;

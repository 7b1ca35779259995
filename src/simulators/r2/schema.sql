CREATE TABLE objects (
  bucket TEXT NOT NULL,
  key TEXT NOT NULL,            -- compared byte by byte, which is R2's order
  source TEXT NOT NULL,         -- whose parts it is made of: an upload, or its own version
  version TEXT NOT NULL,
  size INTEGER NOT NULL,        -- bytes
  etag TEXT NOT NULL,
  uploaded_ms INTEGER NOT NULL, -- milliseconds since the epoch
  checksums TEXT NOT NULL,      -- JSON, as are the fields below
  storage_class TEXT NOT NULL,
  ssec_key_md5 TEXT,            -- of the customer's encryption key; NULL without one
  http_fields TEXT NOT NULL,
  custom_fields TEXT NOT NULL,
  PRIMARY KEY (bucket, key)
) STRICT;

-- Kept after their end: what never existed and what has finished are different errors.
CREATE TABLE uploads (
  id TEXT NOT NULL PRIMARY KEY,
  bucket TEXT NOT NULL,
  key TEXT NOT NULL,
  finished INTEGER NOT NULL,    -- 1 when it was completed or aborted
  storage_class TEXT NOT NULL,
  ssec_key_md5 TEXT,
  http_fields TEXT NOT NULL,
  custom_fields TEXT NOT NULL
) STRICT;

CREATE TABLE parts (
  source TEXT NOT NULL,
  number INTEGER NOT NULL,
  etag TEXT NOT NULL,
  md5 BLOB NOT NULL,
  size INTEGER NOT NULL,        -- bytes
  value ANY NOT NULL,           -- a payload; last, so that it is not read on the way to the others
  PRIMARY KEY (source, number)
) STRICT;

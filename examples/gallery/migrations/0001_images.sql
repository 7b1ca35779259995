CREATE TABLE images (
  name TEXT PRIMARY KEY,
  etag TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  thumbnail TEXT
);

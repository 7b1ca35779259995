CREATE TABLE books (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  author TEXT NOT NULL,
  -- The last copy cannot be lent twice: whatever would do that fails as a whole.
  copies INTEGER NOT NULL CHECK (copies >= 0),
  UNIQUE (title, author)
);

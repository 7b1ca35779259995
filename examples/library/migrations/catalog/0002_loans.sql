CREATE TABLE loans (
  -- Never given twice, also when the loan has moved to the archive, which keeps the id.
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  book_id INTEGER NOT NULL REFERENCES books (id),
  member TEXT NOT NULL,
  lent_on TEXT NOT NULL,
  returned_on TEXT
);

-- Nobody needs two copies of a book.
CREATE UNIQUE INDEX one_copy_each ON loans (book_id, member) WHERE returned_on IS NULL;

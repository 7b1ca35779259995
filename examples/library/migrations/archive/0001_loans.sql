-- Loans that are over, without who it was. The id is that of the catalog.
CREATE TABLE loans (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  lent_on TEXT NOT NULL,
  returned_on TEXT NOT NULL
);

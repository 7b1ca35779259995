-- Every upload, also of images that were replaced since.
CREATE TABLE uploads (name TEXT NOT NULL, etag TEXT NOT NULL);

CREATE TRIGGER log_uploads AFTER INSERT ON images BEGIN
  INSERT INTO uploads VALUES (new.name, new.etag);
END;

/** Totals are kept by triggers, in the transaction that changes them: counting a full spool takes seconds on a card. */
export const SPOOL_TABLES = `
CREATE TABLE IF NOT EXISTS batches (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  digest BLOB NOT NULL UNIQUE,
  incarnation TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  sealed_at REAL NOT NULL,
  run INTEGER NOT NULL,
  elapsed REAL NOT NULL,
  bytes INTEGER NOT NULL,
  block BLOB NOT NULL,
  UNIQUE (incarnation, sequence)
) STRICT;
CREATE INDEX IF NOT EXISTS batches_in_order ON batches (priority, id);
CREATE TABLE IF NOT EXISTS dead (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  digest BLOB NOT NULL,
  reason TEXT NOT NULL,
  at REAL NOT NULL,
  bytes INTEGER NOT NULL,
  block BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS totals (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  batches INTEGER NOT NULL, bytes INTEGER NOT NULL,
  dead INTEGER NOT NULL, dead_bytes INTEGER NOT NULL, dead_total INTEGER NOT NULL
) STRICT;
INSERT OR IGNORE INTO totals VALUES (1, 0, 0, 0, 0, 0);
CREATE TRIGGER IF NOT EXISTS batch_in AFTER INSERT ON batches BEGIN
  UPDATE totals SET batches = batches + 1, bytes = bytes + new.bytes;
END;
CREATE TRIGGER IF NOT EXISTS batch_out AFTER DELETE ON batches BEGIN
  UPDATE totals SET batches = batches - 1, bytes = bytes - old.bytes;
END;
CREATE TRIGGER IF NOT EXISTS dead_in AFTER INSERT ON dead BEGIN
  UPDATE totals SET dead = dead + 1, dead_bytes = dead_bytes + new.bytes, dead_total = dead_total + 1;
END;
CREATE TRIGGER IF NOT EXISTS dead_out AFTER DELETE ON dead BEGIN
  UPDATE totals SET dead = dead - 1, dead_bytes = dead_bytes - old.bytes;
END;
`

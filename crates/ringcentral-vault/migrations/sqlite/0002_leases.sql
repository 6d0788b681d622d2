-- The version of which the platform has said for good that it is the end of the login. A version and not a flag, so that
-- tokens which an older program writes leave no mark of those before them.
ALTER TABLE vault_logins ADD COLUMN ended_version BIGINT;

-- The clock by which leases count where hosts share a database. One machine has one clock, and programs on SQLite bind
-- their own instead; the name is here so that each statement has one text.
CREATE VIEW vault_clock AS SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now;

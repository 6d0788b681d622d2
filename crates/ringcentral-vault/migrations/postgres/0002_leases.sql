-- The version of which the platform has said for good that it is the end of the login. A version and not a flag, so that
-- tokens which an older program writes leave no mark of those before them.
ALTER TABLE vault_logins ADD COLUMN ended_version BIGINT;

-- The clock by which leases count, so that those of the hosts need not agree. Not the time at which the transaction
-- began: a statement may have waited for another one's lock.
CREATE VIEW vault_clock AS SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now;

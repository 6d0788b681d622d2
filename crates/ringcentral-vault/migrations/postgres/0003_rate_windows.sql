-- What the processes that share a login know of one rate group, as bytes that only the client understands. No secret is
-- in them. Losing a row costs nothing but learning it anew.
CREATE TABLE vault_rate_windows (
    login_id TEXT NOT NULL REFERENCES vault_logins (id) ON DELETE CASCADE,
    rate_group TEXT NOT NULL,
    version BIGINT NOT NULL,
    state BYTEA NOT NULL,
    PRIMARY KEY (login_id, rate_group)
);

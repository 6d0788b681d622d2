-- Times are milliseconds since 1970-01-01T00:00:00Z. Ids and hashes are lower-case hexadecimal text.

-- One row per login. It is there from `new_login` to `remove_login`; without tokens it is logged out. The numbers
-- `version` and `fence` only ever grow, so a number seen once never means something else later.
CREATE TABLE vault_logins (
    id TEXT NOT NULL PRIMARY KEY,
    environment TEXT NOT NULL,
    owner_id TEXT,
    sealed_tokens BYTEA,
    key_id BIGINT,
    version BIGINT NOT NULL DEFAULT 0,
    fence BIGINT NOT NULL DEFAULT 0,
    lease_holder TEXT,
    lease_until BIGINT,
    refresh_at BIGINT,
    access_expires_at BIGINT,
    refresh_expires_at BIGINT,
    last_refresh_at BIGINT,
    last_refresh_result TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK ((sealed_tokens IS NULL) = (key_id IS NULL)),
    CHECK ((lease_holder IS NULL) = (lease_until IS NULL))
);

CREATE INDEX vault_logins_by_key ON vault_logins (key_id, id);
CREATE INDEX vault_logins_by_owner ON vault_logins (environment, owner_id);
CREATE INDEX vault_logins_by_refresh ON vault_logins (refresh_at);
CREATE INDEX vault_logins_empty ON vault_logins (updated_at) WHERE sealed_tokens IS NULL;

-- The browser has the session id, this table only its SHA-256.
CREATE TABLE vault_sessions (
    id_hash TEXT NOT NULL PRIMARY KEY,
    login_id TEXT NOT NULL REFERENCES vault_logins (id) ON DELETE CASCADE,
    environment TEXT NOT NULL,
    account_id TEXT NOT NULL,
    extension_id TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX vault_sessions_by_login ON vault_sessions (login_id);
CREATE INDEX vault_sessions_by_user ON vault_sessions (environment, account_id, extension_id);
CREATE INDEX vault_sessions_by_creation ON vault_sessions (created_at);
CREATE INDEX vault_sessions_by_expiry ON vault_sessions (expires_at);
CREATE INDEX vault_sessions_by_last_seen ON vault_sessions (last_seen_at);

-- The redirect has the OAuth state and the browser its binding cookie; this table has the SHA-256 of both.
CREATE TABLE vault_pending_logins (
    id TEXT NOT NULL PRIMARY KEY,
    browser_hash TEXT NOT NULL,
    sealed_login BYTEA NOT NULL,
    key_id BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX vault_pending_logins_by_key ON vault_pending_logins (key_id, id);
CREATE INDEX vault_pending_logins_by_expiry ON vault_pending_logins (expires_at);

-- A known text sealed with each key that ever sealed here: a key ring with another key under the same id is noticed.
CREATE TABLE vault_keys (
    id BIGINT NOT NULL PRIMARY KEY,
    sealed_check BYTEA NOT NULL
);

-- Whoever waits for another process's refresh hears of its end at once. The payload is the login's id.
CREATE FUNCTION vault_login_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('vault_login_changed', OLD.id);
    RETURN NULL;
END
$$;

CREATE TRIGGER vault_login_updated AFTER UPDATE ON vault_logins FOR EACH ROW
    WHEN (OLD.version <> NEW.version OR (OLD.lease_until IS NOT NULL AND NEW.lease_until IS NULL))
    EXECUTE FUNCTION vault_login_changed();

CREATE TRIGGER vault_login_deleted AFTER DELETE ON vault_logins FOR EACH ROW
    EXECUTE FUNCTION vault_login_changed();

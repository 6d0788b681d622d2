-- Tables of the authorization server and of the emulator itself. Times are milliseconds since the epoch.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- A browser that has signed in on the authorize page.
CREATE TABLE browser_sessions (
    id           TEXT PRIMARY KEY,
    extension_id INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) WITHOUT ROWID;

-- Which app a user has said Allow to, in any browser.
CREATE TABLE consents (
    extension_id INTEGER NOT NULL,
    app_id       TEXT NOT NULL,
    PRIMARY KEY (extension_id, app_id)
) WITHOUT ROWID;

-- Authorization codes. Used or not, a code stays for an hour after its end, so that a late or repeated use is told
-- apart from an invented code.
CREATE TABLE codes (
    code             TEXT PRIMARY KEY,
    app_id           TEXT NOT NULL,
    extension_id     INTEGER NOT NULL,
    redirect_uri     TEXT NOT NULL,
    -- Whether the authorization request named it; if not, the token request need not either.
    redirect_sent    INTEGER NOT NULL,
    scope            TEXT NOT NULL,
    nonce            TEXT,
    challenge        TEXT,
    challenge_method TEXT,
    expires_at       INTEGER NOT NULL,
    -- The session that it was good for.
    session          INTEGER
) WITHOUT ROWID;

-- One login of one user in one app: what the platform calls a session.
CREATE TABLE oauth_sessions (
    -- The order in which they started; the id holds it, so that a session is found by it.
    number       INTEGER PRIMARY KEY,
    id           TEXT NOT NULL,
    account_id   INTEGER NOT NULL,
    extension_id INTEGER NOT NULL,
    app_id       TEXT NOT NULL,
    grant_type   TEXT NOT NULL,
    scope        TEXT NOT NULL,
    endpoint_id  TEXT NOT NULL,
    started_at   INTEGER NOT NULL,
    -- Set when the session was ended: revoked, evicted, logged out.
    ended_at     INTEGER,
    -- When the last token of the current pair expires.
    good_until   INTEGER NOT NULL,
    -- The current pair, and how many came before it.
    pair         INTEGER,
    refreshes    INTEGER NOT NULL DEFAULT 0
);
-- Only of those that have not ended: so it stays small, however many there have been.
CREATE INDEX oauth_sessions_alive ON oauth_sessions (extension_id, app_id, number) WHERE ended_at IS NULL;

-- Token pairs. A token holds the id of its row, so that it is found by it.
CREATE TABLE tokens (
    id                 INTEGER PRIMARY KEY,
    session            INTEGER NOT NULL REFERENCES oauth_sessions (number) ON DELETE CASCADE,
    access_token       TEXT NOT NULL,
    refresh_token      TEXT,
    issued_at          INTEGER NOT NULL,
    access_expires_at  INTEGER NOT NULL,
    refresh_expires_at INTEGER,
    -- First use of the access token.
    used_at            INTEGER,
    -- When a refresh replaced this pair, and by which.
    superseded_at      INTEGER,
    successor          INTEGER,
    -- Which pair it replaced.
    predecessor        INTEGER
);

-- Wrong passwords in a row, and until when they keep a user out.
CREATE TABLE login_failures (
    extension_id INTEGER PRIMARY KEY,
    failures     INTEGER NOT NULL,
    locked_until INTEGER
) WITHOUT ROWID;

-- Tokens for the WebSocket gateway.
CREATE TABLE ws_tokens (
    token      TEXT PRIMARY KEY,
    session    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

-- JWT credentials that their owners have deleted.
CREATE TABLE revoked_jwts (jti TEXT PRIMARY KEY) WITHOUT ROWID;

-- Assertions by which apps have proved themselves: each is good once, and is kept for as long as it would be good.
-- expires_at is in seconds, as the assertion has it.
CREATE TABLE client_assertions (
    digest     TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX client_assertions_by_end ON client_assertions (expires_at);

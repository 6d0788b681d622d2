-- What the platform knows: accounts, people, apps, numbers, calls and messages.
-- Times are milliseconds since 1970 (UTC). Every list is read through an index that is already in its order.

CREATE TABLE IF NOT EXISTS accounts (
    id          INTEGER PRIMARY KEY,
    company     TEXT    NOT NULL,
    main_number TEXT    NOT NULL,
    operator_id INTEGER NOT NULL,
    created_ms  INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS extensions (
    id               INTEGER PRIMARY KEY,
    account_id       INTEGER NOT NULL REFERENCES accounts (id),
    extension_number TEXT,
    type             TEXT    NOT NULL,
    status           TEXT    NOT NULL,
    name             TEXT    NOT NULL,
    first_name       TEXT,
    last_name        TEXT,
    email            TEXT,
    job_title        TEXT,
    department       TEXT,
    mobile_phone     TEXT,
    is_admin         INTEGER NOT NULL DEFAULT 0,
    -- User permissions by name, where they are not those of everybody.
    permissions      TEXT,
    hidden           INTEGER NOT NULL DEFAULT 0,
    setup_state      TEXT    NOT NULL DEFAULT 'Completed',
    created_ms       INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS extensions_by_account ON extensions (account_id, id);
CREATE INDEX IF NOT EXISTS extensions_by_email ON extensions (email COLLATE NOCASE);
CREATE UNIQUE INDEX IF NOT EXISTS extensions_by_number ON extensions (account_id, extension_number);

-- Passwords of the emulator are published demo values, so they are stored as they are.
CREATE TABLE IF NOT EXISTS credentials (
    extension_id INTEGER PRIMARY KEY REFERENCES extensions (id),
    password     TEXT    NOT NULL,
    locked       INTEGER NOT NULL DEFAULT 0,
    mfa_code     TEXT
);

CREATE TABLE IF NOT EXISTS apps (
    client_id      TEXT PRIMARY KEY,
    client_secret  TEXT,
    public_key     TEXT,
    name           TEXT    NOT NULL,
    grants         TEXT    NOT NULL,
    permissions    TEXT    NOT NULL,
    refresh_tokens INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS redirect_uris (
    client_id TEXT    NOT NULL REFERENCES apps (client_id),
    uri       TEXT    NOT NULL,
    position  INTEGER NOT NULL,
    PRIMARY KEY (client_id, uri)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS phone_numbers (
    id             INTEGER PRIMARY KEY,
    account_id     INTEGER NOT NULL REFERENCES accounts (id),
    extension_id   INTEGER REFERENCES extensions (id),
    phone_number   TEXT    NOT NULL UNIQUE,
    usage_type     TEXT    NOT NULL,
    type           TEXT    NOT NULL,
    payment_type   TEXT    NOT NULL,
    status         TEXT    NOT NULL,
    features       TEXT    NOT NULL DEFAULT '',
    label          TEXT,
    location       TEXT,
    primary_number INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS phone_numbers_by_extension ON phone_numbers (extension_id, id);
CREATE INDEX IF NOT EXISTS phone_numbers_by_account ON phone_numbers (account_id, id);

-- One row per extension that took part: an internal call is two rows that share a session. The ids that clients see
-- follow from seq and session.
CREATE TABLE IF NOT EXISTS calls (
    seq                 INTEGER PRIMARY KEY,
    -- The seq of the row with which the call began: its own, or the other side's.
    session             INTEGER NOT NULL,
    account_id          INTEGER NOT NULL,
    extension_id        INTEGER NOT NULL,
    start_ms            INTEGER NOT NULL,
    duration_ms         INTEGER NOT NULL,
    modified_ms         INTEGER NOT NULL,
    type                TEXT    NOT NULL,
    direction           TEXT    NOT NULL,
    action              TEXT    NOT NULL,
    result              TEXT    NOT NULL,
    reason              TEXT,
    reason_description  TEXT,
    internal_type       TEXT    NOT NULL,
    transport           TEXT    NOT NULL,
    from_number         TEXT,
    from_extension      TEXT,
    from_extension_id   INTEGER,
    from_name           TEXT,
    from_location       TEXT,
    to_number           TEXT,
    to_extension        TEXT,
    to_extension_id     INTEGER,
    to_name             TEXT,
    to_location         TEXT,
    recording_id        INTEGER,
    recording_type      TEXT,
    message_id          INTEGER,
    message_type        TEXT,
    cost                REAL    NOT NULL DEFAULT 0,
    deleted             INTEGER NOT NULL DEFAULT 0
);
-- Lists are read from the end of an index, so that what is new is added there; rows of one time stand by their seq.
CREATE INDEX IF NOT EXISTS calls_by_extension ON calls (extension_id, deleted, start_ms);
CREATE INDEX IF NOT EXISTS calls_by_account ON calls (account_id, deleted, start_ms);
CREATE INDEX IF NOT EXISTS calls_by_session ON calls (session) WHERE session <> seq;

-- The legs after the first; the first leg of a call is the call itself.
CREATE TABLE IF NOT EXISTS call_legs (
    call_seq          INTEGER NOT NULL REFERENCES calls (seq) ON DELETE CASCADE,
    position          INTEGER NOT NULL,
    leg_type          TEXT    NOT NULL,
    start_ms          INTEGER NOT NULL,
    duration_ms       INTEGER NOT NULL,
    direction         TEXT    NOT NULL,
    action            TEXT    NOT NULL,
    result            TEXT    NOT NULL,
    transport         TEXT    NOT NULL,
    extension_id      INTEGER,
    from_number       TEXT,
    from_extension_id INTEGER,
    from_name         TEXT,
    to_number         TEXT,
    to_extension_id   INTEGER,
    to_name           TEXT,
    PRIMARY KEY (call_seq, position)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS recordings (
    id           INTEGER PRIMARY KEY,
    account_id   INTEGER NOT NULL,
    extension_id INTEGER NOT NULL,
    duration_ms  INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS conversations (
    id           INTEGER PRIMARY KEY,
    extension_id INTEGER NOT NULL,
    parties      TEXT    NOT NULL,
    UNIQUE (extension_id, parties)
);

-- due_ms is when a message changes by itself: deleted is purged, purged is gone. Sending is each recipient's own.
CREATE TABLE IF NOT EXISTS messages (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id           INTEGER NOT NULL,
    extension_id         INTEGER NOT NULL,
    type                 TEXT    NOT NULL,
    direction            TEXT    NOT NULL,
    availability         TEXT    NOT NULL DEFAULT 'Alive',
    read_status          TEXT    NOT NULL,
    message_status       TEXT    NOT NULL,
    delivery_error_code  TEXT,
    priority             TEXT    NOT NULL DEFAULT 'Normal',
    subject              TEXT,
    text                 TEXT,
    conversation_id      INTEGER,
    created_ms           INTEGER NOT NULL,
    modified_ms          INTEGER NOT NULL,
    delivered_ms         INTEGER,
    due_ms               INTEGER,
    from_number          TEXT,
    from_extension       TEXT,
    from_extension_id    INTEGER,
    from_name            TEXT,
    from_location        TEXT,
    fax_pages            INTEGER,
    fax_resolution       TEXT,
    transcription_status TEXT,
    cover_index          INTEGER,
    cover_text           TEXT
);
CREATE INDEX IF NOT EXISTS messages_by_extension ON messages (extension_id, created_ms);
-- A conversation is one extension's.
CREATE INDEX IF NOT EXISTS messages_by_conversation ON messages (conversation_id, created_ms)
    WHERE conversation_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS messages_due ON messages (due_ms) WHERE due_ms IS NOT NULL;

CREATE TABLE IF NOT EXISTS message_recipients (
    message_id       INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    position         INTEGER NOT NULL,
    phone_number     TEXT,
    extension_number TEXT,
    extension_id     INTEGER,
    name             TEXT,
    location         TEXT,
    fax_error_code   TEXT,
    -- What became of it for this recipient; absent: what became of the whole message. due_ms is when that changes.
    status           TEXT,
    due_ms           INTEGER,
    PRIMARY KEY (message_id, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS message_recipients_due ON message_recipients (due_ms) WHERE due_ms IS NOT NULL;

-- The text of a message is an attachment, too, without a row: it follows from the message.
CREATE TABLE IF NOT EXISTS attachments (
    message_id   INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    id           INTEGER NOT NULL,
    type         TEXT    NOT NULL,
    content_type TEXT    NOT NULL,
    duration_s   INTEGER,
    file_name    TEXT,
    size         INTEGER,
    width        INTEGER,
    height       INTEGER,
    PRIMARY KEY (message_id, id)
) WITHOUT ROWID;

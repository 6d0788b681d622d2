-- What the REST operations keep beside the people, calls and messages of data.sql: what happened, calls that are still
-- going on, presence, and the bytes that clients have sent.

-- What happened, in order. Incremental synchronisation reads it, and so may whatever tells clients of changes. What they
-- read is newer than the last event that they know, so it is little and at the end, and needs no index.
-- kind: message-changed, call-changed, presence-changed, contact-changed. resource: the message's id, the call's record
-- id, the extension's id, the contact's id.
CREATE TABLE IF NOT EXISTS events (
    -- Only the oldest are ever forgotten, so no number comes twice.
    seq          INTEGER PRIMARY KEY,
    at_ms        INTEGER NOT NULL,
    account_id   INTEGER NOT NULL,
    extension_id INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    resource     TEXT    NOT NULL,
    detail       TEXT    NOT NULL,
    -- Tells this event from one of the same number in another course of events, as after the restore of a snapshot.
    nonce        INTEGER NOT NULL DEFAULT (random() >> 12)
);

-- A call from its first ring until two minutes after its end. seq is that of the call-log record that comes of it,
-- mirror_seq that of the colleague's record. The parties are JSON.
CREATE TABLE IF NOT EXISTS live_calls (
    seq                 INTEGER PRIMARY KEY,
    mirror_seq          INTEGER,
    account_id          INTEGER NOT NULL,
    extension_id        INTEGER NOT NULL,
    mirror_extension_id INTEGER,
    state               TEXT    NOT NULL,
    direction           TEXT    NOT NULL,
    action              TEXT    NOT NULL,
    from_party          TEXT    NOT NULL,
    to_party            TEXT    NOT NULL,
    start_ms            INTEGER NOT NULL,
    answered_ms         INTEGER,
    ended_ms            INTEGER,
    -- What becomes of it if nobody interferes.
    outcome             TEXT    NOT NULL,
    talk_ms             INTEGER NOT NULL,
    recording           TEXT,
    -- What became of it.
    result              TEXT,
    due_ms              INTEGER
);
CREATE INDEX IF NOT EXISTS live_calls_due ON live_calls (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX IF NOT EXISTS live_calls_by_extension ON live_calls (extension_id);
CREATE INDEX IF NOT EXISTS live_calls_by_mirror ON live_calls (mirror_extension_id);

CREATE TABLE IF NOT EXISTS ring_outs (
    id            INTEGER PRIMARY KEY,
    extension_id  INTEGER NOT NULL,
    call_seq      INTEGER NOT NULL,
    phase         TEXT    NOT NULL,
    prompt        INTEGER NOT NULL,
    call_status   TEXT    NOT NULL,
    caller_status TEXT    NOT NULL,
    callee_status TEXT    NOT NULL,
    due_ms        INTEGER
);
CREATE INDEX IF NOT EXISTS ring_outs_due ON ring_outs (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX IF NOT EXISTS ring_outs_by_call ON ring_outs (call_seq);

-- What a user has set; who has set nothing has no row.
CREATE TABLE IF NOT EXISTS presence (
    extension_id           INTEGER PRIMARY KEY,
    user_status            TEXT    NOT NULL,
    dnd_status             TEXT    NOT NULL,
    message                TEXT,
    allow_see_my_presence  INTEGER NOT NULL,
    caller_id_visibility   TEXT    NOT NULL,
    ring_on_monitored_call INTEGER NOT NULL,
    pick_up_calls_on_hold  INTEGER NOT NULL
);

-- The bytes of attachments that were sent; those of voicemails and faxes that just happened are made when asked for.
CREATE TABLE IF NOT EXISTS contents (
    message_id    INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    attachment_id INTEGER NOT NULL,
    bytes         BLOB    NOT NULL,
    PRIMARY KEY (message_id, attachment_id)
);

-- A user's own contacts. body is everything the user has written, as JSON; the columns beside it are for lists.
CREATE TABLE IF NOT EXISTS contacts (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    extension_id INTEGER NOT NULL,
    deleted      INTEGER NOT NULL DEFAULT 0,
    first_name   TEXT    NOT NULL DEFAULT '',
    last_name    TEXT    NOT NULL DEFAULT '',
    company      TEXT    NOT NULL DEFAULT '',
    body         TEXT    NOT NULL
);
CREATE INDEX IF NOT EXISTS contacts_by_extension ON contacts (extension_id, deleted, id);

CREATE TABLE IF NOT EXISTS profile_images (
    extension_id INTEGER PRIMARY KEY,
    content_type TEXT    NOT NULL,
    modified_ms  INTEGER NOT NULL,
    etag         TEXT    NOT NULL,
    bytes        BLOB    NOT NULL
);

-- How many rows the long lists have, by hour and by day, so that a far page is found without walking to it.
-- `list`: 1 calls of an extension, 2 calls of an account, 3 messages of an extension.
-- `span`: the bucket's length in milliseconds. `kind`: the columns that filters name, joined by |.

CREATE TABLE list_counts (
    list   INTEGER NOT NULL,
    owner  INTEGER NOT NULL,
    span   INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    kind   TEXT    NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (list, owner, span, bucket, kind)
) WITHOUT ROWID;

CREATE TRIGGER calls_counted_in AFTER INSERT ON calls BEGIN
    INSERT INTO list_counts (list, owner, span, bucket, kind, count) VALUES
        (1, NEW.extension_id, 3600000, NEW.start_ms / 3600000, NEW.deleted || '|' || NEW.direction || '|' || NEW.type, 1),
        (1, NEW.extension_id, 86400000, NEW.start_ms / 86400000, NEW.deleted || '|' || NEW.direction || '|' || NEW.type, 1),
        (2, NEW.account_id, 3600000, NEW.start_ms / 3600000, NEW.deleted || '|' || NEW.direction || '|' || NEW.type, 1),
        (2, NEW.account_id, 86400000, NEW.start_ms / 86400000, NEW.deleted || '|' || NEW.direction || '|' || NEW.type, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER calls_counted_out AFTER DELETE ON calls BEGIN
    UPDATE list_counts SET count = count - 1
    WHERE kind = OLD.deleted || '|' || OLD.direction || '|' || OLD.type
      AND (list, owner, span, bucket) IN (VALUES
        (1, OLD.extension_id, 3600000, OLD.start_ms / 3600000), (1, OLD.extension_id, 86400000, OLD.start_ms / 86400000),
        (2, OLD.account_id, 3600000, OLD.start_ms / 3600000), (2, OLD.account_id, 86400000, OLD.start_ms / 86400000));
END;

CREATE TRIGGER calls_counted_over AFTER UPDATE OF account_id, extension_id, start_ms, deleted, direction, type ON calls BEGIN
    UPDATE list_counts SET count = count - 1
    WHERE kind = OLD.deleted || '|' || OLD.direction || '|' || OLD.type
      AND (list, owner, span, bucket) IN (VALUES
        (1, OLD.extension_id, 3600000, OLD.start_ms / 3600000), (1, OLD.extension_id, 86400000, OLD.start_ms / 86400000),
        (2, OLD.account_id, 3600000, OLD.start_ms / 3600000), (2, OLD.account_id, 86400000, OLD.start_ms / 86400000));
    INSERT INTO list_counts (list, owner, span, bucket, kind, count) VALUES
        (1, NEW.extension_id, 3600000, NEW.start_ms / 3600000, NEW.deleted || '|' || NEW.direction || '|' || NEW.type, 1),
        (1, NEW.extension_id, 86400000, NEW.start_ms / 86400000, NEW.deleted || '|' || NEW.direction || '|' || NEW.type, 1),
        (2, NEW.account_id, 3600000, NEW.start_ms / 3600000, NEW.deleted || '|' || NEW.direction || '|' || NEW.type, 1),
        (2, NEW.account_id, 86400000, NEW.start_ms / 86400000, NEW.deleted || '|' || NEW.direction || '|' || NEW.type, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;

-- A new message has a higher id than any before it, and is counted when a list is read. So a message costs less to send,
-- and what has changed or gone before it was counted needs no correction.
CREATE TABLE messages_counted (through INTEGER NOT NULL);
INSERT INTO messages_counted VALUES (0);

CREATE TRIGGER messages_counted_out AFTER DELETE ON messages
WHEN OLD.id <= (SELECT through FROM messages_counted) BEGIN
    UPDATE list_counts SET count = count - 1
    WHERE kind = OLD.availability || '|' || OLD.direction || '|' || OLD.type || '|' || OLD.read_status
      AND (list, owner, span, bucket) IN (VALUES
        (3, OLD.extension_id, 3600000, OLD.created_ms / 3600000),
        (3, OLD.extension_id, 86400000, OLD.created_ms / 86400000));
END;

CREATE TRIGGER messages_counted_over
AFTER UPDATE OF extension_id, created_ms, availability, direction, type, read_status ON messages
WHEN OLD.id <= (SELECT through FROM messages_counted) BEGIN
    UPDATE list_counts SET count = count - 1
    WHERE kind = OLD.availability || '|' || OLD.direction || '|' || OLD.type || '|' || OLD.read_status
      AND (list, owner, span, bucket) IN (VALUES
        (3, OLD.extension_id, 3600000, OLD.created_ms / 3600000),
        (3, OLD.extension_id, 86400000, OLD.created_ms / 86400000));
    INSERT INTO list_counts (list, owner, span, bucket, kind, count) VALUES
        (3, NEW.extension_id, 3600000, NEW.created_ms / 3600000,
         NEW.availability || '|' || NEW.direction || '|' || NEW.type || '|' || NEW.read_status, 1),
        (3, NEW.extension_id, 86400000, NEW.created_ms / 86400000,
         NEW.availability || '|' || NEW.direction || '|' || NEW.type || '|' || NEW.read_status, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;

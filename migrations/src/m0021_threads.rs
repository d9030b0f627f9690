//! Messages know the thread they are of: the first message, where they answer one.
//!
//! SQLite adds no reference of two columns to a table that is there, so the table is made anew. Its
//! references to itself follow the new name.

const UP: &[&str] = &[
    "@postgres ALTER TABLE messages ADD COLUMN thread_id bigint",
    "@postgres WITH RECURSIVE threads (school_id, id, root) AS ( \
     SELECT school_id, id, id FROM messages WHERE parent_id IS NULL UNION ALL \
     SELECT m.school_id, m.id, t.root FROM messages m \
     JOIN threads t ON t.school_id = m.school_id AND t.id = m.parent_id) \
     UPDATE messages SET thread_id = t.root FROM threads t \
     WHERE t.school_id = messages.school_id AND t.id = messages.id AND messages.parent_id IS NOT NULL",
    "@postgres ALTER TABLE messages ADD FOREIGN KEY (school_id, thread_id) REFERENCES messages (school_id, id)",
    "@postgres ALTER TABLE messages ADD CHECK ((thread_id IS NULL) = (parent_id IS NULL))",
    "@sqlite CREATE TABLE threaded_messages (
        @tenant,
        sender_id bigint NOT NULL,
        recipient_id bigint NOT NULL,
        parent_id bigint,
        thread_id bigint,
        subject text NOT NULL DEFAULT '' CHECK (length(subject) <= 255),
        body text NOT NULL CHECK (body <> ''),
        is_read boolean NOT NULL DEFAULT false,
        read_at @time,
        hidden_by_sender boolean NOT NULL DEFAULT false,
        hidden_by_recipient boolean NOT NULL DEFAULT false,
        @key,
        FOREIGN KEY (school_id, sender_id) REFERENCES users (school_id, id),
        FOREIGN KEY (school_id, recipient_id) REFERENCES users (school_id, id),
        FOREIGN KEY (school_id, parent_id) REFERENCES threaded_messages (school_id, id),
        FOREIGN KEY (school_id, thread_id) REFERENCES threaded_messages (school_id, id),
        CHECK (is_read = (read_at IS NOT NULL)),
        CHECK ((thread_id IS NULL) = (parent_id IS NULL))
    )",
    "@sqlite WITH RECURSIVE threads (id, root) AS ( \
     SELECT id, id FROM messages WHERE parent_id IS NULL UNION ALL \
     SELECT m.id, t.root FROM messages m JOIN threads t ON t.id = m.parent_id) \
     INSERT INTO threaded_messages (school_id, id, created_at, updated_at, row_version, sender_id, recipient_id, \
     parent_id, thread_id, subject, body, is_read, read_at, hidden_by_sender, hidden_by_recipient) \
     SELECT m.school_id, m.id, m.created_at, m.updated_at, m.row_version, m.sender_id, m.recipient_id, \
     m.parent_id, CASE WHEN m.parent_id IS NOT NULL THEN t.root END, m.subject, m.body, m.is_read, m.read_at, \
     m.hidden_by_sender, m.hidden_by_recipient FROM messages m JOIN threads t ON t.id = m.id",
    "@sqlite DROP TABLE messages",
    "@sqlite ALTER TABLE threaded_messages RENAME TO messages",
    "@sqlite CREATE INDEX messages_unread ON messages (school_id, recipient_id, is_read)",
    "@sqlite CREATE INDEX messages_inbox ON messages (school_id, recipient_id, created_at, id)",
    "@sqlite CREATE INDEX messages_sent ON messages (school_id, sender_id, created_at, id)",
    "CREATE INDEX messages_of_thread ON messages (school_id, thread_id, created_at, id)",
];

const DOWN: &[&str] = &[
    "DROP INDEX messages_of_thread",
    "@postgres ALTER TABLE messages DROP COLUMN thread_id",
    "@sqlite CREATE TABLE single_messages (
        @tenant,
        sender_id bigint NOT NULL,
        recipient_id bigint NOT NULL,
        parent_id bigint,
        subject text NOT NULL DEFAULT '' CHECK (length(subject) <= 255),
        body text NOT NULL CHECK (body <> ''),
        is_read boolean NOT NULL DEFAULT false,
        read_at @time,
        hidden_by_sender boolean NOT NULL DEFAULT false,
        hidden_by_recipient boolean NOT NULL DEFAULT false,
        @key,
        FOREIGN KEY (school_id, sender_id) REFERENCES users (school_id, id),
        FOREIGN KEY (school_id, recipient_id) REFERENCES users (school_id, id),
        FOREIGN KEY (school_id, parent_id) REFERENCES single_messages (school_id, id),
        CHECK (is_read = (read_at IS NOT NULL))
    )",
    "@sqlite INSERT INTO single_messages (school_id, id, created_at, updated_at, row_version, sender_id, \
     recipient_id, parent_id, subject, body, is_read, read_at, hidden_by_sender, hidden_by_recipient) \
     SELECT school_id, id, created_at, updated_at, row_version, sender_id, recipient_id, parent_id, subject, body, \
     is_read, read_at, hidden_by_sender, hidden_by_recipient FROM messages",
    "@sqlite DROP TABLE messages",
    "@sqlite ALTER TABLE single_messages RENAME TO messages",
    "@sqlite CREATE INDEX messages_unread ON messages (school_id, recipient_id, is_read)",
    "@sqlite CREATE INDEX messages_inbox ON messages (school_id, recipient_id, created_at, id)",
    "@sqlite CREATE INDEX messages_sent ON messages (school_id, sender_id, created_at, id)",
];

crate::ddl::migration!(UP, DOWN, at_once);

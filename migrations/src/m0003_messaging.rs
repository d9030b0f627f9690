//! Messages between the people of a school.

const UP: &[&str] = &[
    "CREATE TABLE messages (
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
        FOREIGN KEY (school_id, parent_id) REFERENCES messages (school_id, id),
        CHECK (is_read = (read_at IS NOT NULL))
    )",
    "CREATE INDEX messages_unread ON messages (school_id, recipient_id, is_read)",
    "CREATE INDEX messages_inbox ON messages (school_id, recipient_id, created_at, id)",
    // Its first two columns also serve what is asked by sender alone.
    "CREATE INDEX messages_sent ON messages (school_id, sender_id, created_at, id)",
];

const DOWN: &[&str] = &["DROP TABLE messages"];

crate::ddl::migration!(UP, DOWN);

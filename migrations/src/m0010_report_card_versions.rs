//! What was published of each report card, version by version. Only added to: a card that was ever
//! published stays, so that nothing takes its versions with it.

const UP: &[&str] = &[
    "CREATE TABLE report_card_versions (@tenant, \
     report_card_id bigint NOT NULL, \
     version bigint NOT NULL CHECK (version >= 1), \
     position bigint CHECK (position >= 1), \
     document @json NOT NULL, \
     published_at @time NOT NULL, \
     published_by bigint, \
     @key, \
     UNIQUE (school_id, report_card_id, version), \
     FOREIGN KEY (school_id, report_card_id) REFERENCES report_cards (school_id, id), \
     FOREIGN KEY (school_id, published_by) REFERENCES users (school_id, id))",
    "CREATE INDEX report_card_versions_by_publisher ON report_card_versions (school_id, published_by)",
    "@sqlite CREATE TRIGGER report_card_versions_no_update BEFORE UPDATE ON report_card_versions \
     BEGIN SELECT RAISE(ABORT, 'published versions are only added to'); END",
    "@sqlite CREATE TRIGGER report_card_versions_no_delete BEFORE DELETE ON report_card_versions \
     BEGIN SELECT RAISE(ABORT, 'published versions are only added to'); END",
];

const DOWN: &[&str] = &["DROP TABLE report_card_versions"];

crate::ddl::migration!(UP, DOWN);

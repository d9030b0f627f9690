//! Grading scales of a school, absences and overridden grades beside marks, and the history of every cell.
//!
//! A history outlives its row, so it refers to the card by number alone. SQLite makes the table of marks
//! anew, for it changes no check of a column.

const UP: &[&str] = &[
    "CREATE TABLE grading_scales (@tenant, \
     name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100), \
     is_active boolean NOT NULL DEFAULT false, \
     bands @json NOT NULL, \
     @key)",
    "CREATE UNIQUE INDEX grading_scales_name ON grading_scales (school_id, lower(name))",
    "CREATE UNIQUE INDEX grading_scales_active ON grading_scales (school_id) WHERE is_active",
    "CREATE INDEX grading_scales_by_name ON grading_scales (school_id, name, id)",
    "@postgres ALTER TABLE scores DROP CONSTRAINT scores_ca1_check, DROP CONSTRAINT scores_ca2_check, \
     DROP CONSTRAINT scores_exam_check, DROP CONSTRAINT scores_grade_check, \
     ADD CHECK (ca1 BETWEEN 0 AND 10000), ADD CHECK (ca2 BETWEEN 0 AND 10000), \
     ADD CHECK (exam BETWEEN 0 AND 10000), ADD CHECK (total <= 10000), ADD CHECK (length(grade) <= 5), \
     ADD COLUMN ca1_absent boolean NOT NULL DEFAULT false CHECK (NOT ca1_absent OR ca1 IS NULL), \
     ADD COLUMN ca2_absent boolean NOT NULL DEFAULT false CHECK (NOT ca2_absent OR ca2 IS NULL), \
     ADD COLUMN exam_absent boolean NOT NULL DEFAULT false CHECK (NOT exam_absent OR exam IS NULL), \
     ADD COLUMN grade_remark text NOT NULL DEFAULT '' CHECK (length(grade_remark) <= 100), \
     ADD COLUMN grade_points bigint CHECK (grade_points BETWEEN 0 AND 10000), \
     ADD COLUMN grade_override text NOT NULL DEFAULT '' CHECK (length(grade_override) <= 5), \
     ADD COLUMN grade_override_reason text NOT NULL DEFAULT '' \
     CHECK (length(grade_override_reason) <= 255 AND (grade_override = '') = (grade_override_reason = ''))",
    "@sqlite CREATE TABLE scores_new (@tenant, \
     report_card_id bigint NOT NULL, \
     subject_id bigint NOT NULL, \
     ca1 bigint CHECK (ca1 BETWEEN 0 AND 10000), \
     ca2 bigint CHECK (ca2 BETWEEN 0 AND 10000), \
     exam bigint CHECK (exam BETWEEN 0 AND 10000), \
     total bigint CHECK (total <= 10000), \
     grade text NOT NULL CHECK (length(grade) <= 5), \
     comment text NOT NULL CHECK (length(comment) <= 255), \
     ca1_absent boolean NOT NULL DEFAULT false CHECK (NOT ca1_absent OR ca1 IS NULL), \
     ca2_absent boolean NOT NULL DEFAULT false CHECK (NOT ca2_absent OR ca2 IS NULL), \
     exam_absent boolean NOT NULL DEFAULT false CHECK (NOT exam_absent OR exam IS NULL), \
     grade_remark text NOT NULL DEFAULT '' CHECK (length(grade_remark) <= 100), \
     grade_points bigint CHECK (grade_points BETWEEN 0 AND 10000), \
     grade_override text NOT NULL DEFAULT '' CHECK (length(grade_override) <= 5), \
     grade_override_reason text NOT NULL DEFAULT '' \
     CHECK (length(grade_override_reason) <= 255 AND (grade_override = '') = (grade_override_reason = '')), \
     @key, \
     UNIQUE (school_id, report_card_id, subject_id), \
     CHECK (CASE WHEN COALESCE(ca1, ca2, exam) IS NULL THEN total IS NULL \
     ELSE total = COALESCE(ca1, 0) + COALESCE(ca2, 0) + COALESCE(exam, 0) END), \
     FOREIGN KEY (school_id, report_card_id) REFERENCES report_cards (school_id, id) ON DELETE CASCADE, \
     FOREIGN KEY (school_id, subject_id) REFERENCES subjects (school_id, id))",
    "@sqlite INSERT INTO scores_new (school_id, id, created_at, updated_at, row_version, report_card_id, \
     subject_id, ca1, ca2, exam, total, grade, comment) SELECT school_id, id, created_at, updated_at, \
     row_version, report_card_id, subject_id, ca1, ca2, exam, total, grade, comment FROM scores",
    "@sqlite DROP TABLE scores",
    "@sqlite ALTER TABLE scores_new RENAME TO scores",
    "@sqlite CREATE INDEX scores_by_subject ON scores (school_id, subject_id, id)",
    "CREATE TABLE score_changes (@tenant, \
     report_card_id bigint NOT NULL, \
     subject_id bigint NOT NULL, \
     score_id bigint NOT NULL, \
     cell text NOT NULL CHECK (cell IN ('ca1', 'ca2', 'exam', 'comment', 'grade_override')), \
     before text, \
     after text, \
     reason text NOT NULL, \
     version bigint NOT NULL, \
     actor_id bigint NOT NULL, \
     actor_role text NOT NULL, \
     @key)",
    "CREATE INDEX score_changes_by_row ON score_changes (school_id, report_card_id, subject_id, id)",
    "@sqlite CREATE TRIGGER score_changes_no_update BEFORE UPDATE ON score_changes \
     BEGIN SELECT RAISE(ABORT, 'the history of marks is only added to'); END",
    "@sqlite CREATE TRIGGER score_changes_no_delete BEFORE DELETE ON score_changes \
     BEGIN SELECT RAISE(ABORT, 'the history of marks is only added to'); END",
];

const DOWN: &[&str] = &[
    "DROP TABLE score_changes",
    "@postgres ALTER TABLE scores DROP CONSTRAINT scores_ca1_check, DROP CONSTRAINT scores_ca2_check, \
     DROP CONSTRAINT scores_exam_check, DROP CONSTRAINT scores_total_check, DROP CONSTRAINT scores_grade_check, \
     DROP COLUMN ca1_absent, DROP COLUMN ca2_absent, DROP COLUMN exam_absent, DROP COLUMN grade_remark, \
     DROP COLUMN grade_points, DROP COLUMN grade_override_reason, DROP COLUMN grade_override, \
     ADD CHECK (ca1 BETWEEN 0 AND 2000), ADD CHECK (ca2 BETWEEN 0 AND 2000), \
     ADD CHECK (exam BETWEEN 0 AND 6000), ADD CHECK (length(grade) <= 2)",
    "@sqlite CREATE TABLE scores_old (@tenant, \
     report_card_id bigint NOT NULL, \
     subject_id bigint NOT NULL, \
     ca1 bigint CHECK (ca1 BETWEEN 0 AND 2000), \
     ca2 bigint CHECK (ca2 BETWEEN 0 AND 2000), \
     exam bigint CHECK (exam BETWEEN 0 AND 6000), \
     total bigint, \
     grade text NOT NULL CHECK (length(grade) <= 2), \
     comment text NOT NULL CHECK (length(comment) <= 255), \
     @key, \
     UNIQUE (school_id, report_card_id, subject_id), \
     CHECK (CASE WHEN COALESCE(ca1, ca2, exam) IS NULL THEN total IS NULL \
     ELSE total = COALESCE(ca1, 0) + COALESCE(ca2, 0) + COALESCE(exam, 0) END), \
     FOREIGN KEY (school_id, report_card_id) REFERENCES report_cards (school_id, id) ON DELETE CASCADE, \
     FOREIGN KEY (school_id, subject_id) REFERENCES subjects (school_id, id))",
    "@sqlite INSERT INTO scores_old SELECT school_id, id, created_at, updated_at, row_version, report_card_id, \
     subject_id, ca1, ca2, exam, total, grade, comment FROM scores",
    "@sqlite DROP TABLE scores",
    "@sqlite ALTER TABLE scores_old RENAME TO scores",
    "@sqlite CREATE INDEX scores_by_subject ON scores (school_id, subject_id, id)",
    "DROP TABLE grading_scales",
];

crate::ddl::migration!(UP, DOWN, at_once);

//! The academic side of a school: subjects, teachers, classes, students, guardianships, report cards
//! and the marks on them.
//!
//! Only structure goes with its parent: the subjects a class takes, the marks of a card, the link of
//! a guardian. Everything else that is relied on stays.

const UP: &[&str] = &[
    "CREATE TABLE subjects (@tenant, \
     name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100), \
     @key)",
    "CREATE UNIQUE INDEX subjects_name ON subjects (school_id, lower(name))",
    "CREATE INDEX subjects_by_name ON subjects (school_id, name, id)",
    "CREATE TABLE teachers (@tenant, \
     kind text NOT NULL CHECK (kind IN ('teacher', 'staff')), \
     name text NOT NULL CHECK (length(name) BETWEEN 1 AND 255), \
     address text NOT NULL, \
     phone text NOT NULL CHECK (length(phone) <= 50), \
     email text NOT NULL CHECK (length(email) <= 254), \
     passport_url text NOT NULL, \
     user_id bigint, \
     @key, \
     UNIQUE (school_id, user_id), \
     FOREIGN KEY (school_id, user_id) REFERENCES users (school_id, id))",
    "CREATE INDEX teachers_by_name ON teachers (school_id, name, id)",
    "CREATE INDEX teachers_by_kind ON teachers (school_id, kind, name, id)",
    "CREATE TABLE classes (@tenant, \
     name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100), \
     class_teacher_id bigint, \
     @key, \
     FOREIGN KEY (school_id, class_teacher_id) REFERENCES teachers (school_id, id))",
    "CREATE UNIQUE INDEX classes_name ON classes (school_id, lower(name))",
    "CREATE INDEX classes_by_name ON classes (school_id, name, id)",
    "CREATE INDEX classes_by_teacher ON classes (school_id, class_teacher_id, name, id)",
    "CREATE TABLE class_subjects (@tenant, \
     class_id bigint NOT NULL, \
     subject_id bigint NOT NULL, \
     @key, \
     UNIQUE (school_id, class_id, subject_id), \
     FOREIGN KEY (school_id, class_id) REFERENCES classes (school_id, id) ON DELETE CASCADE, \
     FOREIGN KEY (school_id, subject_id) REFERENCES subjects (school_id, id))",
    "CREATE INDEX class_subjects_by_subject ON class_subjects (school_id, subject_id)",
    "CREATE TABLE students (@tenant, \
     student_no text NOT NULL CHECK (length(student_no) BETWEEN 1 AND 50), \
     names text NOT NULL CHECK (length(names) BETWEEN 1 AND 255), \
     gender text NOT NULL CHECK (gender IN ('Male', 'Female')), \
     class_id bigint, \
     dob @date, \
     parent_name text NOT NULL, \
     parent_email text NOT NULL, \
     parent_phone text NOT NULL, \
     address text NOT NULL, \
     passport_url text NOT NULL, \
     discounts @json NOT NULL, \
     status text NOT NULL CHECK (status IN ('active', 'graduated', 'withdrawn')), \
     user_id bigint, \
     @key, \
     UNIQUE (school_id, user_id), \
     FOREIGN KEY (school_id, class_id) REFERENCES classes (school_id, id), \
     FOREIGN KEY (school_id, user_id) REFERENCES users (school_id, id))",
    "CREATE UNIQUE INDEX students_student_no ON students (school_id, lower(student_no))",
    "CREATE INDEX students_by_student_no ON students (school_id, student_no, id)",
    "CREATE INDEX students_by_names ON students (school_id, names, id)",
    "CREATE INDEX students_by_class ON students (school_id, class_id, names, id)",
    "CREATE INDEX students_by_status ON students (school_id, status, names, id)",
    "CREATE TABLE guardianships (@tenant, \
     user_id bigint NOT NULL, \
     student_id bigint NOT NULL, \
     relationship text NOT NULL CHECK (length(relationship) <= 50), \
     @key, \
     UNIQUE (school_id, user_id, student_id), \
     FOREIGN KEY (school_id, user_id) REFERENCES users (school_id, id) ON DELETE CASCADE, \
     FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id) ON DELETE CASCADE)",
    "CREATE INDEX guardianships_by_student ON guardianships (school_id, student_id)",
    "CREATE TABLE report_cards (@tenant, \
     student_id bigint NOT NULL, \
     class_id bigint NOT NULL, \
     session text NOT NULL CHECK (length(session) BETWEEN 1 AND 20), \
     term text NOT NULL CHECK (length(term) BETWEEN 1 AND 50), \
     attendance_present integer CHECK (attendance_present >= 0), \
     attendance_total integer CHECK (attendance_total >= 0), \
     affective @json NOT NULL, \
     psychomotor @json NOT NULL, \
     teacher_remark text NOT NULL, \
     head_teacher_remark text NOT NULL, \
     next_term_begins @date, \
     promoted_to text NOT NULL CHECK (length(promoted_to) <= 100), \
     is_passed boolean NOT NULL DEFAULT false, \
     passed_at @time, \
     passed_by bigint, \
     total_score bigint CHECK (total_score >= 0), \
     average bigint CHECK (average BETWEEN 0 AND 10000), \
     @key, \
     UNIQUE (school_id, student_id, session, term), \
     CHECK (attendance_present <= attendance_total), \
     CHECK (is_passed = (passed_at IS NOT NULL)), \
     CHECK (is_passed OR passed_by IS NULL), \
     CHECK ((total_score IS NULL) = (average IS NULL)), \
     FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id), \
     FOREIGN KEY (school_id, class_id) REFERENCES classes (school_id, id), \
     FOREIGN KEY (school_id, passed_by) REFERENCES users (school_id, id))",
    // Ends in the average: a card's position is the number of better ones on its sheet, plus one.
    "CREATE INDEX report_cards_by_sheet ON report_cards (school_id, class_id, session, term, average, id)",
    "CREATE INDEX report_cards_by_average ON report_cards (school_id, average, id)",
    "CREATE INDEX report_cards_by_term ON report_cards (school_id, session, term, id)",
    "CREATE INDEX report_cards_by_publisher ON report_cards (school_id, passed_by)",
    "CREATE TABLE scores (@tenant, \
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
    "CREATE INDEX scores_by_subject ON scores (school_id, subject_id, id)",
];

const DOWN: &[&str] = &[
    "DROP TABLE scores",
    "DROP TABLE report_cards",
    "DROP TABLE guardianships",
    "DROP TABLE students",
    "DROP TABLE class_subjects",
    "DROP TABLE classes",
    "DROP TABLE teachers",
    "DROP TABLE subjects",
];

crate::ddl::migration!(UP, DOWN);

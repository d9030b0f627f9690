//! Who teaches what in which class, and the daily registers of the classes.
//!
//! A register's records go with it; what else is relied on stays.

const UP: &[&str] = &[
    "CREATE TABLE subject_teachers (@tenant, \
     teacher_id bigint NOT NULL, \
     class_id bigint NOT NULL, \
     subject_id bigint NOT NULL, \
     session text NOT NULL CHECK (length(session) <= 20), \
     @key, \
     UNIQUE (school_id, teacher_id, class_id, subject_id, session), \
     FOREIGN KEY (school_id, teacher_id) REFERENCES teachers (school_id, id), \
     FOREIGN KEY (school_id, class_id) REFERENCES classes (school_id, id), \
     FOREIGN KEY (school_id, subject_id) REFERENCES subjects (school_id, id))",
    "CREATE INDEX subject_teachers_by_class ON subject_teachers (school_id, class_id, id)",
    "CREATE INDEX subject_teachers_by_subject ON subject_teachers (school_id, subject_id, id)",
    "CREATE INDEX subject_teachers_by_session ON subject_teachers (school_id, session, id)",
    "CREATE TABLE attendance_sessions (@tenant, \
     class_id bigint NOT NULL, \
     date @date NOT NULL, \
     session text NOT NULL CHECK (length(session) BETWEEN 1 AND 20), \
     term text NOT NULL CHECK (length(term) BETWEEN 1 AND 50), \
     @key, \
     UNIQUE (school_id, class_id, date), \
     FOREIGN KEY (school_id, class_id) REFERENCES classes (school_id, id))",
    "CREATE INDEX attendance_sessions_by_date ON attendance_sessions (school_id, date, id)",
    "CREATE INDEX attendance_sessions_by_term ON attendance_sessions (school_id, session, term, id)",
    "CREATE INDEX attendance_sessions_by_term_alone ON attendance_sessions (school_id, term, id)",
    "CREATE TABLE attendance_records (@tenant, \
     attendance_session_id bigint NOT NULL, \
     student_id bigint NOT NULL, \
     status text NOT NULL CHECK (status IN ('present', 'absent', 'late', 'excused')), \
     remark text NOT NULL CHECK (length(remark) <= 255), \
     @key, \
     UNIQUE (school_id, attendance_session_id, student_id), \
     FOREIGN KEY (school_id, attendance_session_id) REFERENCES attendance_sessions (school_id, id) ON DELETE CASCADE, \
     FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id))",
    "CREATE INDEX attendance_records_by_student ON attendance_records (school_id, student_id, id)",
    "CREATE INDEX attendance_records_by_status ON attendance_records (school_id, status, id)",
];

const DOWN: &[&str] = &[
    "DROP TABLE attendance_records",
    "DROP TABLE attendance_sessions",
    "DROP TABLE subject_teachers",
];

crate::ddl::migration!(UP, DOWN);

//! Which class each pupil was in, session by session: promotion moves the pupil and leaves this behind.

const UP: &[&str] = &[
    "CREATE TABLE enrolments (@tenant, \
     student_id bigint NOT NULL, \
     class_id bigint NOT NULL, \
     session text NOT NULL CHECK (length(session) BETWEEN 1 AND 20), \
     since @date NOT NULL, \
     @key, \
     UNIQUE (school_id, student_id, session), \
     FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id) ON DELETE CASCADE, \
     FOREIGN KEY (school_id, class_id) REFERENCES classes (school_id, id))",
    "CREATE INDEX enrolments_of_class ON enrolments (school_id, class_id)",
];

const DOWN: &[&str] = &["DROP TABLE enrolments"];

crate::ddl::migration!(UP, DOWN);

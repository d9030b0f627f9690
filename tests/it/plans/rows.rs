//! Twenty schools of rows, written by the set.

use gateway::State;
use sea_orm::ConnectionTrait;

/// Rows of one school lie this far from the next one's.
const SPAN: i64 = 100_000;

/// Key of row `place`, from 1, of a school in any table.
pub const fn key(school: i64, place: i64) -> i64 {
    school * SPAN + place
}

/// Table, rows a school, columns, and what they hold in row `i` of school `s`; `@n` is the key of
/// row `n` of the same school.
const TABLES: &[(&str, u32, &str, &str)] = &[
    (
        "users",
        600,
        "username, email, name, role",
        "'u' || i, '', 'User ' || (i * 7 % 600), \
         (ARRAY['STUDENT', 'PARENT', 'TEACHER', 'STAFF', 'BURSAR', 'SCHOOL_ADMIN'])[1 + i % 6]",
    ),
    ("subjects", 500, "name", "'Subject ' || (i * 7 % 501)"),
    (
        "teachers",
        500,
        "kind, name, address, phone, email, passport_url, user_id",
        "CASE i % 3 WHEN 0 THEN 'staff' ELSE 'teacher' END, 'Teacher ' || (i * 7 % 501), '', '', '', '', @i",
    ),
    (
        "classes",
        500,
        "name, class_teacher_id",
        "'Class ' || (i * 7 % 501), @i",
    ),
    (
        "students",
        1_500,
        "student_no, names, gender, class_id, parent_name, parent_email, parent_phone, address, passport_url, \
         discounts, status, user_id",
        "'P' || i, 'Pupil ' || (i * 7 % 1501), CASE i % 2 WHEN 0 THEN 'Male' ELSE 'Female' END, @(1 + i % 100), \
         '', '', '', '', '', '[]', CASE i % 20 WHEN 0 THEN 'graduated' WHEN 1 THEN 'withdrawn' ELSE 'active' END, \
         CASE WHEN i <= 600 THEN @i END",
    ),
    (
        "guardianships",
        1_000,
        "user_id, student_id, relationship",
        "@(1 + i % 600), @i, 'mother'",
    ),
    (
        "report_cards",
        3_000,
        "student_id, class_id, session, term, affective, psychomotor, teacher_remark, head_teacher_remark, \
         promoted_to, is_passed, passed_at, total_score, average",
        "@(1 + (i - 1) % 1500), @(1 + i % 100), '2025/2026', CASE WHEN i > 1500 THEN 'Second Term' ELSE 'First Term' END, \
         '{}', '{}', '', '', '', i <= 1500, CASE WHEN i <= 1500 THEN now() END, i * 37 % 10001, i * 37 % 10001",
    ),
    (
        "report_card_versions",
        1_500,
        "report_card_id, version, position, document, published_at",
        "@i, 1, 1 + i % 15, '{}', now()",
    ),
    (
        "scores",
        6_000,
        "report_card_id, subject_id, ca1, total, grade, comment",
        "@(1 + (i - 1) % 3000), @(1 + (i - 1) / 3000), i % 2001, i % 2001, 'F', ''",
    ),
    (
        "grading_scales",
        500,
        "name, is_active, bands",
        "'Scale ' || (i * 7 % 501), i = 250, '[]'",
    ),
    (
        "events",
        1_500,
        "title, description, starts_at, all_day, recurrence, event_type, target_audience, class_id, created_by",
        "'Event ' || (i * 7 % 1501), '', timestamptz '2026-01-01' + i * interval '5 h', false, \
         CASE i % 20 WHEN 0 THEN 'FREQ=WEEKLY' ELSE '' END, \
         (ARRAY['academic', 'holiday', 'exam', 'meeting', 'sports', 'cultural', 'other'])[1 + i % 7], \
         (ARRAY['all', 'teachers', 'students', 'parents', 'staff'])[1 + i % 5], \
         CASE WHEN i % 3 > 0 THEN @(1 + i % 100) END, @(1 + i % 600)",
    ),
    (
        "subject_teachers",
        1_500,
        "teacher_id, class_id, subject_id, session",
        "@(1 + i % 500), @(1 + i % 100), @(1 + i % 499), CASE i % 3 WHEN 0 THEN '' ELSE '2025/2026' END",
    ),
    (
        "attendance_sessions",
        3_000,
        "class_id, date, session, term",
        "@(1 + i % 100), date '2025-09-01' + i / 100, '2025/2026', CASE WHEN i > 1500 THEN 'Second Term' ELSE 'First Term' END",
    ),
    (
        "attendance_records",
        12_000,
        "attendance_session_id, student_id, status, remark",
        "@(1 + (i - 1) % 3000), @(1 + (i - 1) / 3000), (ARRAY['present', 'absent', 'late', 'excused'])[1 + i % 4], ''",
    ),
    (
        "fee_categories",
        500,
        "name, is_optional",
        "'Category ' || (i * 7 % 501), i % 4 = 0",
    ),
    (
        "fee_items",
        1_500,
        "category_id, class_id, amount_minor, session, term, active, is_optional",
        "@(1 + i % 500), CASE WHEN i % 5 > 0 THEN @(1 + i % 100) END, 1 + i * 37 % 10001, '2025/2026', \
         CASE i % 3 WHEN 0 THEN 'First Term' WHEN 1 THEN 'Second Term' ELSE 'Third Term' END, i % 3 > 0, i % 4 = 0",
    ),
    (
        "expenses",
        1_500,
        "title, amount_minor, category, date, description, session, term, status, recorded_by",
        "'Expense ' || (i * 7 % 1501), 1 + i * 37 % 10001, \
         (ARRAY['salary', 'maintenance', 'supplies', 'utilities', 'other'])[1 + i % 5], date '2025-09-01' + i / 10, '', \
         '2025/2026', CASE WHEN i % 2 = 0 THEN 'First Term' ELSE 'Second Term' END, \
         CASE i % 10 WHEN 0 THEN 'pending' ELSE 'approved' END, @(1 + i % 600)",
    ),
    (
        "announcements",
        1_500,
        "title, content, target, priority, class_id, is_pinned, expires_at, created_by",
        "'Announcement ' || (i * 7 % 1501), 'Good morning.', \
         (ARRAY['all', 'teachers', 'students', 'parents', 'staff'])[1 + i % 5], \
         (ARRAY['low', 'normal', 'high', 'urgent'])[1 + i % 4], CASE WHEN i % 3 > 0 THEN @(1 + i % 100) END, \
         i % 20 = 0, CASE WHEN i % 2 = 0 THEN now() + (i - 750) * interval '1 h' END, @(1 + i % 600)",
    ),
    (
        "announcement_reads",
        3_000,
        "announcement_id, user_id",
        "@(1 + i % 1500), @(1 + i / 1500)",
    ),
    (
        "newsletters",
        500,
        "title, description, file, is_published, published_at",
        "'Newsletter ' || (i * 7 % 501), '', '', i % 3 > 0, CASE WHEN i % 3 > 0 THEN now() END",
    ),
    (
        "scholarships",
        500,
        "name, description, benefit_type, value_hundredths, is_active",
        "'Scholarship ' || (i * 7 % 501), '', CASE i % 2 WHEN 0 THEN 'fixed' ELSE 'percentage' END, i, i % 3 > 0",
    ),
    (
        "student_fees",
        3_000,
        "student_id, fee_item_id, scholarship_id, discount_minor",
        "@(1 + (i - 1) % 1500), @(1 + i % 1499), CASE i % 3 WHEN 0 THEN @(1 + i % 500) END, 0",
    ),
    (
        "billing_runs",
        1_000,
        "session, term, class_id, effective_date, due_date, recorded_by",
        "'2025/2026', CASE i % 3 WHEN 0 THEN 'First Term' WHEN 1 THEN 'Second Term' ELSE 'Third Term' END, \
         @(1 + i % 100), date '2025-09-01' + i / 10, date '2026-09-01', @(1 + i % 600)",
    ),
    // Of each run the pupils whose entries follow.
    (
        "billing_run_pupils",
        3_000,
        "billing_run_id, student_id, status",
        "@(1 + i % 1000), @(1 + (i - 1) % 1500), 'active'",
    ),
    (
        "ledger_entries",
        12_000,
        "student_id, kind, amount_minor, effective_date, session, term, fee_item_id, billing_run_id, occurrence, \
         description",
        "@(1 + (i - 1) % 1500), CASE WHEN i % 4 > 0 THEN 'charge' ELSE 'payment' END, \
         CASE WHEN i % 4 > 0 THEN 1 + i % 5000 ELSE -1 - i % 5000 END, date '2025-09-01' + i / 100, '2025/2026', \
         CASE i % 3 WHEN 0 THEN 'First Term' WHEN 1 THEN 'Second Term' ELSE 'Third Term' END, \
         CASE WHEN i % 4 > 0 THEN @(1 + (i - 1) % 1499) END, @(1 + i % 1000), CASE WHEN i % 4 > 0 THEN i END, 'A fee'",
    ),
    (
        "payment_plans",
        1_500,
        "student_id, session, term, note, agreed_on, last_entry_id, recorded_by",
        "@i, '2025/2026', CASE i % 3 WHEN 0 THEN 'First Term' WHEN 1 THEN 'Second Term' ELSE 'Third Term' END, '', \
         date '2025-09-01' + i / 10, @(10500 + i), @(1 + i % 600)",
    ),
    (
        "payment_plan_parts",
        3_000,
        "payment_plan_id, due_date, late_from, amount_minor",
        "@(1 + i % 1500), date '2025-09-01' + i / 10, timestamptz '2025-09-02' + i / 10 * interval '1 d', 1 + i * 37 % 10001",
    ),
    (
        "payments",
        3_000,
        "student_id, entry_id, amount_minor, date, method, category_id, remark, session, term, reference, \
         external_reference, gateway_reference, status, recorded_by",
        "@(1 + i % 1500), @i, 1 + i * 37 % 10001, date '2025-09-01' + i / 100, \
         (ARRAY['cash', 'transfer', 'pos', 'online'])[1 + i % 4], CASE WHEN i % 3 > 0 THEN @(1 + i % 500) END, '', \
         '2025/2026', CASE WHEN i > 1500 THEN 'Second Term' ELSE 'First Term' END, 'RCP-2025-' || i, '', \
         CASE WHEN i % 4 = 3 THEN 'tb-' || i END, CASE i % 10 WHEN 0 THEN 'refunded' ELSE 'completed' END, @(1 + i % 600)",
    ),
    (
        "activity_logs",
        6_000,
        "actor_id, actor_role, action, resource, resource_id, at",
        "@(1 + i % 600), (ARRAY['SCHOOL_ADMIN', 'BURSAR', 'TEACHER'])[1 + i % 3], \
         (ARRAY['create', 'update', 'delete', 'publish'])[1 + i % 4], \
         (ARRAY['students', 'scores', 'payments', 'users', 'messages'])[1 + i % 5], @(1 + i % 1500), \
         timestamptz '2026-01-01' + i * interval '1 min'",
    ),
    (
        "webhook_endpoints",
        500,
        "url, description, events, secret, is_active",
        "'https://school.example/' || i, 'Endpoint ' || (i * 7 % 501), '[\"payment.recorded\"]', 'whsec_' || i, i % 3 > 0",
    ),
    (
        "outbox",
        6_000,
        "kind, channel, recipient_id, dedupe_key, payload, state, due_at, attempts, last_error, place",
        "(ARRAY['message', 'result', 'reminder'])[1 + i % 3], CASE WHEN i % 3 > 0 THEN 'live' ELSE 'email' END, \
         @(1 + i % 600), 'k' || i, '{}', CASE WHEN i % 30 = 0 THEN 'dead' WHEN i % 60 = 3 THEN 'pending' ELSE 'sent' END, \
         CASE WHEN i % 60 = 3 THEN now() END, 1, CASE WHEN i % 30 = 0 THEN 'no answer of the mail server' END, \
         CASE WHEN i % 3 > 0 THEN i END",
    ),
    (
        "messages",
        3_000,
        "sender_id, recipient_id, subject, body, is_read, read_at",
        "@(1 + i % 600), @(1 + i * 7 % 600), 'About', 'Good morning.', i % 3 > 0, CASE WHEN i % 3 > 0 THEN now() END",
    ),
];

/// Fills every table, and tells the planner what they hold.
pub async fn fill(state: &State) {
    let database = state.database.for_migrations();
    let mut script = vec![
        "INSERT INTO schools (id, name, domain, status, created_at, updated_at) \
         SELECT s, 'School ' || s, 'school' || s, 'active', now(), now() FROM generate_series(1, 20) s"
            .to_owned(),
    ];
    for (table, rows, columns, values) in TABLES {
        let values = values.replace('@', &format!("s * {SPAN} + "));
        script.push(format!(
            "INSERT INTO {table} (school_id, id, created_at, updated_at, {columns}) \
             SELECT s, s * {SPAN} + i, now() + i * interval '1 s', now(), {values} \
             FROM generate_series(1, {rows}) i, generate_series(1, 20) s"
        ));
    }

    script.push("VACUUM ANALYZE".to_owned());
    for sql in script {
        let done = database.execute_unprepared(&sql).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

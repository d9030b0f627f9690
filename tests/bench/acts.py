"""Single acts that are measured: a payment, a term billed, a class computed anew, everybody's parents written to."""
import json, statistics, tempfile, time
from pathlib import Path

from servers import call, load, logged, pgbench, replayed, sign_in, sql, statements, taken_in_turns

TERM = {"session": "2030/2031", "term": "First Term"}


def payments(database, servers, server):
    """Rounds of payments at the counter, for pupils at random, beside the very statements of one in pgbench."""
    school = sql(database, "SELECT id FROM schools WHERE domain = 'gp'").strip()
    first, last = sql(database, f"SELECT min(id), max(id) FROM students WHERE school_id = {school}").strip().split("|")
    bearer = f"Authorization: Bearer {sign_in(server[0], 'bursar@gp.demo')}"
    body = '{"student_id": %s, "amount": "150.00", "method": "cash", "session": "2030/2031", "term": "First Term", ' \
           '"lineItems": [{"purpose": "Tuition", "amount": "150.00"}]}'
    (servers.folder / "pay.lua").write_text(f"""
        local turn, run = 0, os.time() .. os.clock()
        request = function()
            turn = turn + 1
            wrk.headers["Idempotency-Key"] = run .. "-" .. turn
            wrk.headers["Content-Type"] = "application/json"
            return wrk.format("POST", nil, wrk.headers, string.format('{body.replace("%s", "%d")}', math.random({first}, {last})))
        end""")
    turns = iter(range(10**6))
    pay = lambda: call(server[0], "/api/payments/", bearer.split()[-1], json.loads(body % last),
                       {"Idempotency-Key": f"logged {next(turns)}"})
    found = logged(database, servers, pay)

    def stand_in(statement, place, value):
        """What differs from one payment to the next: the pupil, the key, the receipt's number, and the rows it made."""
        if value.startswith("'logged"):
            return "('replayed ' || CAST(:turn AS text))"
        if value == f"'{last}'":
            return ":pupil"
        if 'INTO "payments"' in statement:
            return {"3": ":entry_id", "11": "('R-' || CAST(:counter_last AS text))"}.get(place)
        if 'INTO "payment_lines"' in statement:
            return {"2": ":payment_id"}.get(place)

    def end(statement):
        kept = {"INTO ledger_entries": "entry", "INTO receipt_counters": "counter", 'INTO "payments"': "payment"}
        return next((f" \\gset {name}_" for text, name in kept.items() if text in statement), ";")

    script = f"\\set turn random(1, 1000000000000)\n\\set pupil random({first}, {last})\nBEGIN;\n{replayed(found, stand_in, end)}COMMIT;\n"
    (servers.folder / "pay.sql").write_text(script)
    contenders = {
        "floor: pgbench, the same statements": lambda: pgbench(database, servers.folder / "pay.sql"),
        "a payment": lambda: load(*server, "/api/payments/", [bearer], servers.folder / "pay.lua"),
    }
    return taken_in_turns(contenders), len(found)


def billing(database, port, pupils=5000, fees=10):
    """Bills a term of its own to a school filled up to so many pupils, which had fees for ten years, twice, and undoes it.

    It is the school at which no payment was measured: their credits would be spent here.
    """
    school = sql(database, "SELECT id FROM schools WHERE domain = 'ms'").strip()
    sql(database, f"""
        UPDATE students SET status = 'active' WHERE school_id = {school};
        INSERT INTO students (school_id, student_no, names, gender, parent_name, parent_email, parent_phone, address, passport_url,
          discounts, status, created_at, updated_at) SELECT {school}, 'B' || i, 'Pupil ' || i, 'Male', '', '', '', '', '', '[]', 'active',
          now(), now() FROM generate_series(1, {pupils} - (SELECT count(*) FROM students WHERE school_id = {school})) i;
        INSERT INTO fee_categories (school_id, name, created_at, updated_at) VALUES ({school}, 'Benchmark', now(), now());
        INSERT INTO fee_items (school_id, category_id, amount_minor, session, term, created_at, updated_at) SELECT {school},
          (SELECT max(id) FROM fee_categories WHERE school_id = {school}), i * 100, '2030/2031', 'First Term', now(), now()
          FROM generate_series(1, {fees}) i;
        INSERT INTO fee_items (school_id, category_id, amount_minor, session, term, created_at, updated_at) SELECT {school},
          (SELECT max(id) FROM fee_categories WHERE school_id = {school}), i * 100, year || '/' || year + 1, term, now(), now()
          FROM generate_series(2020, 2029) year, unnest(ARRAY['First Term', 'Second Term', 'Third Term']) term, generate_series(1, {fees}) i;
        ANALYZE""")
    bursar = sign_in(port, "bursar@ms.demo")
    entries = lambda: int(sql(database, f"SELECT count(*) FROM ledger_entries WHERE school_id = {school}"))
    lines = ["| what | milliseconds | statements | entries posted |", "|---|---|---|---|"]
    run = None
    for name in ("billing run", "the same again", "undo"):
        path, body = ("/api/billing-runs/", TERM) if name != "undo" else (f"/api/billing-runs/{run}/undo/", {"reason": "Measured."})
        before, start = entries(), time.monotonic()
        answer, headers = call(port, path, bursar, body)
        took = (time.monotonic() - start) * 1000
        run = run or json.loads(answer)["id"]
        lines.append(f"| {name}, {pupils:,} pupils × {fees} fees | {took:,.0f} | {statements(headers)} | {entries() - before:,} |")
        if len(lines) == 3:
            lines.insert(2, f"| floor: the same entries put in bare, by psql | {put_in_bare(database, run):,.0f} | 1 | none, taken back |")
    return "\n".join(lines)


def put_in_bare(database, run):
    """Milliseconds of one statement that puts the entries of a run into the ledger once more, taken back after it."""
    columns = [name for name in sql(database, """SELECT attname FROM pg_attribute WHERE attrelid = 'ledger_entries'::regclass
        AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attname <> 'id'""").split()]
    picked = ", ".join("occurrence + 1" if name == "occurrence" else name for name in columns)
    start = time.monotonic()
    sql(database, f"""BEGIN; INSERT INTO ledger_entries ({", ".join(columns)})
        SELECT {picked} FROM ledger_entries WHERE billing_run_id = {run}; ROLLBACK""")
    return (time.monotonic() - start) * 1000


def recompute(database, port, token, pupils=60, subjects=20, times=15):
    """Computes a class anew, whose letters and sums are spoilt before each turn, beside single round trips."""
    school = sql(database, "SELECT id FROM schools WHERE domain = 'gp'").strip()
    sql(database, f"""
        INSERT INTO classes (school_id, name, created_at, updated_at) VALUES ({school}, 'Benchmark', now(), now());
        INSERT INTO subjects (school_id, name, created_at, updated_at) SELECT {school}, 'Benchmark ' || i, now(), now()
          FROM generate_series(1, {subjects}) i;
        INSERT INTO students (school_id, student_no, names, gender, class_id, parent_name, parent_email, parent_phone, address, passport_url,
          discounts, status, created_at, updated_at) SELECT {school}, 'C' || i, 'Pupil ' || i, 'Male', max(c.id), '', '', '', '', '', '[]',
          'active', now(), now() FROM generate_series(1, {pupils}) i, classes c WHERE c.school_id = {school} GROUP BY i""")
    room = sql(database, f"SELECT id FROM classes WHERE school_id = {school} AND name = 'Benchmark'").strip()
    pupil_ids = sql(database, f"SELECT id FROM students WHERE school_id = {school} AND class_id = {room} ORDER BY id").split()
    sheet = {"class_id": int(room), **TERM}
    for place, pupil in enumerate(pupil_ids):
        rows = [{"subject": f"Benchmark {i}", "ca1": i % 20, "ca2": place % 20, "exam": (i * place) % 60} for i in range(1, subjects + 1)]
        call(port, "/api/reports/", token, {**sheet, "student_id": int(pupil), "rows": rows})
    sql(database, "ANALYZE")
    script = Path(tempfile.mkstemp(suffix=".sql")[1])
    script.write_text("SELECT 1;\n")
    took, trips = [], []
    for _ in range(times):
        sql(database, f"""
            UPDATE scores SET grade = '?' WHERE school_id = {school} AND report_card_id IN
              (SELECT id FROM report_cards WHERE school_id = {school} AND class_id = {room});
            UPDATE report_cards SET total_score = 0, average = 0 WHERE school_id = {school} AND class_id = {room}""")
        start = time.monotonic()
        _, headers = call(port, "/api/reports/recompute/", token, sheet)
        took.append((time.monotonic() - start) * 1000)
        trips.append(1000 / pgbench(database, script, clients=1, seconds=1)[0])
    script.unlink()
    return "\n".join([
        "| what | milliseconds, median | least to greatest | statements |", "|---|---|---|---|",
        f"| a class of {pupils} pupils × {subjects} subjects, every row and card wrong before | {statistics.median(took):.1f} "
        f"| {min(took):.1f} – {max(took):.1f} | {statements(headers)} |",
        f"| pgbench, one round trip | {statistics.median(trips):.2f} | {min(trips):.2f} – {max(trips):.2f} | 1 |"])


def group_send(database, port, token, parents=2000, times=9):
    """Writes to every parent of a school filled up to so many: a message each, with its e-mail and its live event."""
    school = sql(database, "SELECT id FROM schools WHERE domain = 'gp'").strip()
    sql(database, f"""
        INSERT INTO users (school_id, username, email, name, role, password_hash, is_active, created_at, updated_at)
          SELECT {school}, 'bench' || i, 'bench' || i || '@parents.test', 'Parent ' || i, 'PARENT', '', true, now(), now()
          FROM generate_series(1, {parents} - (SELECT count(*) FROM users WHERE school_id = {school} AND role = 'PARENT')) i;
        ANALYZE""")
    took, sent = [], 0
    for turn in range(times):
        body = {"to": {"all_parents": True}, "subject": "Measured", "body": f"The {turn + 1}th time."}
        start = time.monotonic()
        answer, headers = call(port, "/api/messages/group/", token, body)
        took.append((time.monotonic() - start) * 1000)
        sent = json.loads(answer)["sent"]
    return "\n".join([
        "| what | milliseconds, median | least to greatest | statements |", "|---|---|---|---|",
        f"| one message to each of {sent:,} parents, with an e-mail and a live event for each | {statistics.median(took):,.0f} "
        f"| {min(took):,.0f} – {max(took):,.0f} | {statements(headers)} |"])

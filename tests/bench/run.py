#!/usr/bin/env python3
"""Measures lists against their floors and writes docs/BENCHMARKS.md.

Everything runs on loopback from nothing: a private PostgreSQL and Redis, the demo schools, the release
binaries. Contenders take turns (A B C, A B C, ...), medians are reported, and a figure counts only as
a ratio within one run.
"""
import json, os, re, shutil, signal, socket, statistics, subprocess, sys, tempfile, time, urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARIES = ROOT / "target" / "release"
CONNECTIONS, SECONDS, ROUNDS = 16, 3, int(os.environ.get("ROUNDS", "7"))
PAGE = "/api/students/?page_size=100"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def need(name, package):
    found = shutil.which(name) or next(iter(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None)
    if not found:
        sys.exit(f"{name} is missing: apt-get install {package}")
    return str(found)


class Servers:
    """Processes that end with this one."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="termbook-bench-"))
        self.folder.chmod(0o755)
        self.running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.running):
            process.send_signal(signal.SIGINT)
            process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, command, port, **options):
        log = open(self.folder / f"{port}.log", "wb")
        process = subprocess.Popen(command, stdout=log, stderr=log, **options)
        self.running.append(process)
        for _ in range(300):
            if process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), 0.1).close()
                return process
            except OSError:
                time.sleep(0.05)
        sys.exit(f"{command[0]} did not start:\n{Path(log.name).read_text()[-2000:]}")

    def postgres(self):
        data, port = self.folder / "postgres", free_port()
        data.mkdir()
        as_user = {}
        if os.geteuid() == 0:
            shutil.chown(data, "postgres", "postgres")
            as_user = {"user": "postgres", "group": "postgres"}
        subprocess.run([need("initdb", "postgresql"), "-D", data, "-A", "trust", "-U", "termbook", "-E", "UTF8", "--locale=C"],
                       check=True, stdout=subprocess.DEVNULL, cwd="/", **as_user)
        self.start([need("postgres", "postgresql"), "-D", str(data), "-p", str(port), "-k", "", "-c", "listen_addresses=127.0.0.1",
                    "-c", "shared_buffers=256MB"], port, cwd="/", **as_user)
        return port

    def redis(self):
        port = free_port()
        self.start([need("redis-server", "redis-server"), "--port", str(port), "--save", "", "--appendonly", "no"], port)
        return port

    def termbook(self, environment):
        port = free_port()
        # Two workers, as the floor has: the comparison is of equal means. One user asks for all, so limits are off.
        environment = {**os.environ, "TERMBOOK_BIND": f"127.0.0.1:{port}", "TERMBOOK_LOG": "warn", "TERMBOOK_WORKERS": "2",
                       "TERMBOOK_RATE_USER_PER_MINUTE": "0", "TERMBOOK_RATE_ADDRESS_PER_MINUTE": "0",
                       "TERMBOOK_DB_POOL": str(CONNECTIONS), **environment}
        return port, self.start([str(BINARIES / "termbook"), "serve"], port, env=environment)


def sql(port, text):
    return subprocess.run([need("psql", "postgresql-client"), "-h", "127.0.0.1", "-p", str(port), "-U", "termbook", "-Atc", text, "termbook"],
                          check=True, capture_output=True, text=True).stdout


def call(port, path, token=None, body=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=body and json.dumps(body).encode(), headers=headers)
    with urllib.request.urlopen(request) as answer:
        return answer.read(), answer.headers


def cpu_seconds(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(port, process, path, headers):
    """Requests a second, and milliseconds of the server's CPU time each, under a short steady load."""
    before = cpu_seconds(process)
    arguments = [need("wrk", "wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s"]
    for header in headers:
        arguments += ["-H", header]
    out = subprocess.run([*arguments, f"http://127.0.0.1:{port}{path}"], check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        sys.exit(f"the load met errors:\n{out}")
    done = int(re.search(r"(\d+) requests in", out).group(1))
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)), (cpu_seconds(process) - before) * 1000 / done


def statements(database, servers, port, token):
    """The statements of one uncached list, exactly as PostgreSQL was sent them, as a pgbench script."""
    log = servers.folder / f"{database}.log"
    sql(database, "ALTER SYSTEM SET log_statement = 'all'")
    sql(database, "SELECT pg_reload_conf()")
    start = log.stat().st_size
    while "execute" not in log.read_text()[start:]:
        call(port, PAGE, token)
        time.sleep(0.1)
    start = log.stat().st_size
    _, headers = call(port, PAGE, token)
    text = log.read_text()[start:]
    sql(database, "ALTER SYSTEM RESET log_statement")
    sql(database, "SELECT pg_reload_conf()")
    script, number = [], 0
    for found in re.finditer(r"execute [^:]*: (.*?)\n[^\n]*DETAIL:  [Pp]arameters: ([^\n]*)", text, re.S):
        statement = " ".join(found.group(1).split())
        for name, value in re.findall(r"\$(\d+) = ('(?:[^']|'')*'|NULL)", found.group(2)):
            number += 1
            plain = value.strip("'")
            script.append(f"\\set p{number} {plain}" if plain.lstrip("-").isdigit() else f"\\set p{number} '{plain}'")
            statement = re.sub(rf"\${name}(?!\d)", f":p{number}", statement)
        script.append(statement + ";")
    counted = int(re.search(r"(\d+) quer", headers["Server-Timing"]).group(1))
    sent = sum(not line.startswith("\\") for line in script)
    if sent != counted:
        sys.exit(f"the list ran {counted} statements, the log shows {sent}:\n{text}")
    return "\n".join(script) + "\n", counted


def pgbench(port, script, clients=CONNECTIONS, seconds=SECONDS):
    out = subprocess.run([need("pgbench", "postgresql-contrib"), "-h", "127.0.0.1", "-p", str(port), "-U", "termbook", "-n", "-M", "prepared",
                          "-c", str(clients), "-j", "1", "-T", str(seconds), "-f", script, "termbook"],
                         check=True, capture_output=True, text=True).stdout
    return float(re.search(r"tps = ([\d.]+)", out).group(1)), None


def main():
    with Servers() as servers:
        database, redis = servers.postgres(), servers.redis()
        subprocess.run([need("createdb", "postgresql-client"), "-h", "127.0.0.1", "-p", str(database), "-U", "termbook", "termbook"], check=True)
        postgres = {"TERMBOOK_DATABASE_URL": f"postgres://termbook@127.0.0.1:{database}/termbook",
                    "TERMBOOK_JWT_SECRET": "a-secret-of-the-benchmark-alone-0123456789"}
        for command in ("migrate", "demo"):
            subprocess.run([BINARIES / "termbook", command], check=True, env={**os.environ, **postgres}, stdout=subprocess.DEVNULL)
        sql(database, "VACUUM ANALYZE")
        uncached = servers.termbook({**postgres, "TERMBOOK_CACHE": "off"})
        cached = servers.termbook(postgres)
        shared = servers.termbook({**postgres, "TERMBOOK_REDIS_URL": f"redis://127.0.0.1:{redis}/0"})
        token = json.loads(call(uncached[0], "/api/token/", body={"username": "admin@gp.demo", "password": "termbook-demo"})[0])["access"]
        body, _ = call(cached[0], PAGE, token)
        (servers.folder / "body.json").write_bytes(body)
        floor_port = free_port()
        floor = servers.start([str(BINARIES / "floor"), f"127.0.0.1:{floor_port}", str(servers.folder / "body.json"), "2"], floor_port)
        script, count = statements(database, servers, uncached[0], token)
        (servers.folder / "list.sql").write_text(script)
        bearer = [f"Authorization: Bearer {token}"]
        contenders = {
            "floor: a bare handler, the same bytes": lambda: load(floor_port, floor, PAGE, bearer),
            "cached list, in process": lambda: load(*cached, PAGE, bearer),
            "cached list, in process, gzip": lambda: load(*cached, PAGE, [*bearer, "Accept-Encoding: gzip"]),
            "cached list, Redis asked on every request": lambda: load(*shared, PAGE, bearer),
            "floor: pgbench, the same statements": lambda: pgbench(database, servers.folder / "list.sql"),
            "uncached list": lambda: load(*uncached, PAGE, bearer),
        }
        rounds = {name: [] for name in contenders}
        for turn in range(ROUNDS):
            for name, measure in contenders.items():
                rounds[name].append(measure())
                print(f"{turn + 1}/{ROUNDS} {name}: {rounds[name][-1][0]:.0f}/s", flush=True)
        computed = recompute(database, cached[0], token)
        sent = group_send(database, cached[0], token)
        report(rounds, len(body), count, billing(database, cached[0], token), computed, sent)


def billing(database, port, token, pupils=5000, fees=10):
    """Bills a term of its own to a school filled up to so many pupils, twice, and undoes it."""
    school = sql(database, "SELECT id FROM schools WHERE domain = 'gp'").strip()
    sql(database, f"""
        UPDATE students SET status = 'active' WHERE school_id = {school};
        INSERT INTO students (school_id, student_no, names, gender, parent_name, parent_email, parent_phone, address, passport_url,
          discounts, status, created_at, updated_at) SELECT {school}, 'B' || i, 'Pupil ' || i, 'Male', '', '', '', '', '', '[]', 'active',
          now(), now() FROM generate_series(1, {pupils} - (SELECT count(*) FROM students WHERE school_id = {school})) i;
        INSERT INTO fee_categories (school_id, name, created_at, updated_at) VALUES ({school}, 'Benchmark', now(), now());
        INSERT INTO fee_items (school_id, category_id, amount_minor, session, term, created_at, updated_at) SELECT {school},
          (SELECT max(id) FROM fee_categories WHERE school_id = {school}), i * 100, '2030/2031', 'First Term', now(), now()
          FROM generate_series(1, {fees}) i;
        ANALYZE""")
    bursar = json.loads(call(port, "/api/token/", body={"username": "bursar@gp.demo", "password": "termbook-demo"})[0])["access"]
    entries = lambda: int(sql(database, f"SELECT count(*) FROM ledger_entries WHERE school_id = {school}"))
    lines = ["| what | milliseconds | statements | entries posted |", "|---|---|---|---|"]
    bill, run = {"session": "2030/2031", "term": "First Term"}, None
    for name in ("billing run", "the same again", "undo"):
        path, body = ("/api/billing-runs/", bill) if name != "undo" else (f"/api/billing-runs/{run}/undo/", {"reason": "Measured."})
        before, start = entries(), time.monotonic()
        answer, headers = call(port, path, bursar, body)
        took = (time.monotonic() - start) * 1000
        run = run or json.loads(answer)["id"]
        count = re.search(r"(\d+) quer", headers["Server-Timing"]).group(1)
        lines.append(f"| {name}, {pupils:,} pupils × {fees} fees | {took:,.0f} | {count} | {entries() - before:,} |")
    return "\n".join(lines)


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
    sheet = {"class_id": int(room), "session": "2030/2031", "term": "First Term"}
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
    count = re.search(r"(\d+) quer", headers["Server-Timing"]).group(1)
    return "\n".join([
        "| what | milliseconds, median | least to greatest | statements |", "|---|---|---|---|",
        f"| a class of {pupils} pupils × {subjects} subjects, every row and card wrong before | {statistics.median(took):.1f} "
        f"| {min(took):.1f} – {max(took):.1f} | {count} |",
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
    count = re.search(r"(\d+) quer", headers["Server-Timing"]).group(1)
    return "\n".join([
        "| what | milliseconds, median | least to greatest | statements |", "|---|---|---|---|",
        f"| one message to each of {sent:,} parents, with an e-mail and a live event for each | {statistics.median(took):,.0f} "
        f"| {min(took):,.0f} – {max(took):,.0f} | {count} |"])


def report(rounds, size, count, billed, computed, sent):
    names = list(rounds)
    floors = {name: names[0] for name in names[:4]} | {name: names[4] for name in names[4:]}
    lines = ["| what | a second | server CPU, ms each | ratio to its floor | ratios, least to greatest |", "|---|---|---|---|---|"]
    for name in names:
        ratios = sorted(mine[0] / theirs[0] for mine, theirs in zip(rounds[name], rounds[floors[name]]))
        rate = statistics.median(one[0] for one in rounds[name])
        cpu = [one[1] for one in rounds[name] if one[1] is not None]
        shown = f"{statistics.median(cpu):.3f}" if cpu else "–"
        own = name == floors[name]
        lines.append(f"| {name} | {rate:,.0f} | {shown} | {'1' if own else f'{statistics.median(ratios):.2f}'} "
                     f"| {'' if own else f'{ratios[0]:.2f} – {ratios[-1]:.2f}'} |")
    text = (ROOT / "tests" / "bench" / "BENCHMARKS.template.md").read_text()
    text = text.replace("{table}", "\n".join(lines)).replace("{billing}", billed).replace("{recompute}", computed).replace("{group}", sent).replace("{size}", f"{size:,}").replace("{count}", str(count))
    text = text.replace("{cores}", str(os.cpu_count())).replace("{rounds}", str(ROUNDS)).replace("{seconds}", str(SECONDS))
    text = text.replace("{connections}", str(CONNECTIONS)).replace("{date}", time.strftime("%Y-%m-%d"))
    (ROOT / "docs" / "BENCHMARKS.md").write_text(text)
    print("\n".join(lines))


if __name__ == "__main__":
    main()

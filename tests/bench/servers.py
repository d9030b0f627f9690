"""What a measurement needs: private servers on loopback, and ways to ask them."""
import json, os, re, shutil, signal, socket, subprocess, sys, tempfile, time, urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARIES = ROOT / "target" / "release"
CONNECTIONS, SECONDS, ROUNDS = 16, 3, int(os.environ.get("ROUNDS", "7"))
PASSWORD = "termbook-demo"


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


def call(port, path, token=None, body=None, headers=()):
    headers = {"Content-Type": "application/json", **dict(headers)}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=body and json.dumps(body).encode(), headers=headers)
    with urllib.request.urlopen(request) as answer:
        return answer.read(), answer.headers


def sign_in(port, name):
    """The access token of one of the demo's people."""
    return json.loads(call(port, "/api/token/", body={"username": name, "password": PASSWORD})[0])["access"]


def statements(headers):
    """How many statements an answer took, by its own account."""
    return int(re.search(r"(\d+) quer", headers["Server-Timing"]).group(1))


def cpu_seconds(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(port, process, path, headers, script=None):
    """Requests a second, and milliseconds of the server's CPU time each, under a short steady load; `script` makes them."""
    before = cpu_seconds(process)
    arguments = [need("wrk", "wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s"]
    for header in headers:
        arguments += ["-H", header]
    if script:
        arguments += ["-s", str(script)]
    out = subprocess.run([*arguments, f"http://127.0.0.1:{port}{path}"], check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        sys.exit(f"the load met errors:\n{out}")
    done = int(re.search(r"(\d+) requests in", out).group(1))
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)), (cpu_seconds(process) - before) * 1000 / done


def logged(database, servers, request):
    """The statements one answer took, exactly as PostgreSQL was sent them: each with its values by number."""
    log = servers.folder / f"{database}.log"
    sql(database, "ALTER SYSTEM SET log_statement = 'all'")
    sql(database, "SELECT pg_reload_conf()")
    start = log.stat().st_size
    while "execute" not in log.read_text()[start:]:
        request()
        time.sleep(0.1)
    start = log.stat().st_size
    _, headers = request()
    text = log.read_text()[start:]
    sql(database, "ALTER SYSTEM RESET log_statement")
    sql(database, "SELECT pg_reload_conf()")
    # Deliveries wake up at what is written, and ask by connections of their own, of nothing but their work.
    sessions = {}
    for one in re.finditer(r"\[(\d+)\] LOG:  execute [^:]*: (.*?)\n[^\n]*DETAIL:  [Pp]arameters: ([^\n]*)", text, re.S):
        values = dict(re.findall(r"\$(\d+) = ('(?:[^']|'')*'|NULL)", one.group(3)))
        sessions.setdefault(one.group(1), []).append((" ".join(one.group(2).split()), values))
    found = [one for asked in sessions.values() if not all(re.search(r"\b(outbox|leases)\b", text) for text, _ in asked) for one in asked]
    if len(found) != statements(headers):
        sys.exit(f"the answer took {statements(headers)} statements, the log shows {len(found)}:\n{text}")
    return found


def replayed(found, stand_in=lambda statement, place, value: None, end=lambda statement: ";"):
    """These statements as a pgbench script; whole numbers are bound, and a stand-in is put in place of a value."""
    script, number = [], 0
    for statement, values in found:
        text = statement
        for place, value in values.items():
            put = stand_in(statement, place, value)
            if put is None and value.strip("'").lstrip("-").isdigit():
                number += 1
                script.append(f"\\set p{number} {value.strip(chr(39))}")
                put = f"CAST(:p{number} AS bigint)"
            if re.match(r"'\d{4}-\d\d-\d\d ", value):
                put = f"CAST({value} AS timestamptz)"
            # To pgbench a colon before a letter is a variable, within quotes too.
            plain = "E" + value.replace("\\", r"\\").replace(":", r"\x3a") if re.search(r":[a-z]", value) else value
            text = re.sub(rf"\${place}(?!\d)", lambda _: put or plain, text)
        script.append(text + end(statement))
    return "\n".join(script) + "\n"


def pgbench(port, script, clients=CONNECTIONS, seconds=SECONDS):
    """Transactions a second of a script, prepared, by so many clients; no server's CPU is told."""
    done = subprocess.run([need("pgbench", "postgresql-contrib"), "-h", "127.0.0.1", "-p", str(port), "-U", "termbook", "-n", "-M", "prepared",
                           "-c", str(clients), "-j", "1", "-T", str(seconds), "-f", script, "termbook"], capture_output=True, text=True)
    if done.returncode or "aborted" in done.stderr:
        sys.exit(f"pgbench met errors:\n{done.stderr}")
    return float(re.search(r"tps = ([\d.]+)", done.stdout).group(1)), None


def taken_in_turns(contenders):
    """What each contender reached, round by round, all of them in every round."""
    rounds = {name: [] for name in contenders}
    for turn in range(ROUNDS):
        for name, measure in contenders.items():
            rounds[name].append(measure())
            print(f"{turn + 1}/{ROUNDS} {name}: {rounds[name][-1][0]:.0f}/s", flush=True)
    return rounds

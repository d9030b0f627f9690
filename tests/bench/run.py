#!/usr/bin/env python3
"""Measures lists against their floors and writes docs/BENCHMARKS.md.

Everything runs on loopback from nothing: a private PostgreSQL and Redis, the demo schools, the release
binaries. Contenders take turns (A B C, A B C, ...), medians are reported, and a figure counts only as
a ratio within one run.
"""
import os, statistics, subprocess, time

import acts
from servers import (BINARIES, CONNECTIONS, ROOT, ROUNDS, SECONDS, Servers, call, free_port, load, logged, need, pgbench, replayed,
                     sign_in, sql, taken_in_turns)

PAGE = "/api/students/?page_size=100"
HEAD = ["| what | a second | server CPU, ms each | ratio to its floor | ratios, least to greatest |", "|---|---|---|---|---|"]


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
        token = sign_in(uncached[0], "admin@gp.demo")
        body, _ = call(cached[0], PAGE, token)
        (servers.folder / "body.json").write_bytes(body)
        floor_port = free_port()
        floor = servers.start([str(BINARIES / "floor"), f"127.0.0.1:{floor_port}", str(servers.folder / "body.json"), "2"], floor_port)
        listed = logged(database, servers, lambda: call(uncached[0], PAGE, token))
        (servers.folder / "list.sql").write_text(replayed(listed))
        bearer = [f"Authorization: Bearer {token}"]
        contenders = {
            "floor: a bare handler, the same bytes": lambda: load(floor_port, floor, PAGE, bearer),
            "cached list, in process": lambda: load(*cached, PAGE, bearer),
            "cached list, in process, gzip": lambda: load(*cached, PAGE, [*bearer, "Accept-Encoding: gzip"]),
            "cached list, Redis asked on every request": lambda: load(*shared, PAGE, bearer),
            "floor: pgbench, the same statements": lambda: pgbench(database, servers.folder / "list.sql"),
            "uncached list": lambda: load(*uncached, PAGE, bearer),
        }
        rounds = taken_in_turns(contenders)
        recorded, took = acts.payments(database, servers, uncached)
        page = {
            "table": "\n".join([*HEAD, *compared(rounds, *list(contenders)[:4]), *compared(rounds, *list(contenders)[4:])]),
            "payments": "\n".join([*HEAD, *compared(recorded, *recorded)]),
            "recompute": acts.recompute(database, cached[0], token),
            "group": acts.group_send(database, cached[0], token),
            "billing": acts.billing(database, cached[0]),
            "size": f"{len(body):,}", "count": len(listed), "took": took, "cores": os.cpu_count(), "rounds": ROUNDS,
            "seconds": SECONDS, "connections": CONNECTIONS, "date": time.strftime("%Y-%m-%d"),
        }
    text = (ROOT / "tests" / "bench" / "BENCHMARKS.template.md").read_text()
    for name, value in page.items():
        text = text.replace(f"{{{name}}}", str(value))
    (ROOT / "docs" / "BENCHMARKS.md").write_text(text)
    print(text)


def compared(rounds, floor, *others):
    """Rows of a table: each contender's medians, and its ratios to the floor of the same round."""
    lines = []
    for name in (floor, *others):
        ratios = sorted(mine[0] / theirs[0] for mine, theirs in zip(rounds[name], rounds[floor]))
        rate = statistics.median(one[0] for one in rounds[name])
        cpu = [one[1] for one in rounds[name] if one[1] is not None]
        shown = f"{statistics.median(cpu):.3f}" if cpu else "–"
        lines.append(f"| {name} | {rate:,.0f} | {shown} | {'1' if name == floor else f'{statistics.median(ratios):.2f}'} "
                     f"| {'' if name == floor else f'{ratios[0]:.2f} – {ratios[-1]:.2f}'} |")
    return lines


if __name__ == "__main__":
    main()

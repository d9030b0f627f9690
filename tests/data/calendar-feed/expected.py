"""Writes expected.json: the times of tests/it/academic/feed_reader.rs, counted day by day from their
descriptions alone, with no calendar library. usage: python3 expected.py > expected.json
"""

import json
import sys
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

FIRST, LAST = date(2026, 9, 1), date(2027, 8, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]


def utc(moment):
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def moments(title, days, hour, minutes, zone):
    for day in days:
        start = datetime.combine(day, hour, zone).astimezone(timezone.utc)
        end = None if minutes is None else utc(start + timedelta(minutes=minutes))
        yield [title, utc(start), end]


def whole(title, days, length):
    for day in days:
        yield [title, day.isoformat(), (day + timedelta(days=length - 1)).isoformat()]


def in_month(day, weekday, nth):
    return day.weekday() == weekday and (day.day - 1) // 7 == nth - 1


def year(zone):
    fridays = [d for d in DAYS if d.weekday() == 4 and d <= date(2027, 7, 2)]
    assemblies = [d for d in fridays if d not in (date(2026, 12, 25), date(2027, 1, 1))]
    weeks = [d for d in DAYS if (d - date(2026, 9, 7)).days // 7 % 2 == 0 and d >= date(2026, 9, 8)]
    library = [d for d in weeks if d.weekday() in (1, 3)][:40]
    times = [
        *moments("Assembly", assemblies, time(8, 0), 45, zone),
        *moments("Staff meeting", [d for d in DAYS if in_month(d, 0, 1)], time(15, 30), 60, zone),
        *moments("Library", library, time(23, 15), 60, zone),
        *moments("Inspection", [date(2027, 2, 10)], time(10, 0), None, zone),
        *whole("Holiday", [date(2026, 12, 19)], 16),
        *whole("Fees", [d for d in DAYS if (d + timedelta(days=1)).day == 1], 1),
        *whole("Open days", [d for d in DAYS if in_month(d, 5, 3)][:6], 2),
    ]
    return sorted(times, key=lambda one: (one[1], one[0]))


zones = ["Africa/Lagos", "America/New_York"]
json.dump({zone: year(ZoneInfo(zone)) for zone in zones}, sys.stdout, indent=1)
print()

"""Tells every time of the feed on standard input as another reader understands it.

usage: read.py <zone> <first day> <last day>; answers a list of [title, start, end] as JSON, by start.
Whole days are told as their first and last day, moments in UTC.
"""

import json
import sys
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar


def told(moment):
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def main():
    zone, first, last = ZoneInfo(sys.argv[1]), *map(date.fromisoformat, sys.argv[2:4])
    calendar = Calendar.from_ical(sys.stdin.read())
    times = []
    found = recurring_ical_events.of(calendar).between(first - timedelta(days=3), last + timedelta(days=3))
    for event in found:
        start = event["DTSTART"].dt
        end = event["DTEND"].dt if "DTEND" in event else None
        if isinstance(start, datetime):
            day = start.astimezone(zone).date()
            # A moment without an end is told as one that ends as it starts.
            time = [told(start), None if end in (None, start) else told(end)]
        else:
            day = start
            time = [start.isoformat(), (end - timedelta(days=1)).isoformat()]
        if first <= day <= last:
            times.append([str(event["SUMMARY"]), *time])
    times.sort(key=lambda time: (time[1], time[0]))
    json.dump(times, sys.stdout)


main()

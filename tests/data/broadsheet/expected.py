#!/usr/bin/env python3
"""Works out, from the published files alone, what `GET /api/broadsheet/` must say of the demo's class
"Age 17" of school GP in the Third Term, and writes it beside this script.

    expected.py           writes gp-age-17-third-term.json
    expected.py --check   fails where the file says anything else

It shares no code with the server: it reads the CSV files, counts, and sorts. A grade G of 20 is G and G
of the continuous assessments and 3 G of the examination, and so 5 G of a hundred. Pupils are known by
their numbers, in whose order they come here; ids and invented names are the server's own.
"""
import csv, json, math, sys
from collections import defaultdict, deque
from fractions import Fraction
from pathlib import Path

HERE = Path(__file__).resolve().parent
FIXTURE = HERE / "gp-age-17-third-term.json"
SOURCE = HERE.parent / "student-performance"
SCHOOL, AGE, PERIOD = "GP", "17", "G3"
# What both files say of a pupil in the same words: the columns by which the paper matches them.
SAME = ["school", "sex", "age", "address", "famsize", "Pstatus", "Medu", "Fedu", "Mjob", "Fjob", "reason", "nursery", "internet"]
LETTERS = [(75, "A"), (65, "B"), (50, "C"), (40, "D"), (0, "F")]


def table(name):
    with open(SOURCE / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def everybody():
    """Each pupil's school, age and grades by subject: Portuguese in its order, then who took mathematics alone."""
    pupils = [{**row, "grades": {"Portuguese": int(row[PERIOD])}} for row in table("student-por.csv")]
    alike = defaultdict(deque)
    for pupil in pupils:
        alike[tuple(pupil[column] for column in SAME)].append(pupil)
    for row in table("student-mat.csv"):
        twins = alike[tuple(row[column] for column in SAME)]
        if twins:
            twins.popleft()["grades"]["Mathematics"] = int(row[PERIOD])
        else:
            pupils.append({**row, "grades": {"Mathematics": int(row[PERIOD])}})
    return pupils


def numbered(pupils):
    counts = defaultdict(int)
    for pupil in pupils:
        counts[pupil["school"]] += 1
        yield f"{pupil['school']}-{counts[pupil['school']]:04}", pupil


def half_up(figure):
    """To hundredths, as JSON has it: a whole number where it is one."""
    hundredths = math.floor(Fraction(figure) * 100 + Fraction(1, 2))
    return hundredths // 100 if hundredths % 100 == 0 else hundredths / 100


def exact(figure):
    """A figure that is in hundredths already."""
    return Fraction(str(figure))


def mean(figures):
    return half_up(sum(map(exact, figures), Fraction()) / len(figures))


def median(figures):
    ordered = sorted(map(exact, figures))
    middle = len(ordered) // 2
    return half_up(ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2)


def row(grade):
    total = 5 * grade
    return {"ca1": grade, "ca2": grade, "exam": 3 * grade, "total": total, "grade": next(letter for least, letter in LETTERS if total >= least)}


def broadsheet():
    pupils = []
    for number, pupil in numbered(everybody()):
        if (pupil["school"], pupil["age"]) != (SCHOOL, AGE):
            continue
        marks = {subject: row(grade) for subject, grade in sorted(pupil["grades"].items())}
        totals = [one["total"] for one in marks.values()]
        pupils.append({"student_no": number, "is_passed": False, "marks": marks, "total": sum(totals), "average": mean(totals)})
    averages = [pupil["average"] for pupil in pupils]
    for pupil in pupils:
        pupil["position"] = 1 + sum(other > pupil["average"] for other in averages)
    subjects = []
    for name in ["Mathematics", "Portuguese"]:
        totals = [pupil["marks"][name]["total"] for pupil in pupils if name in pupil["marks"]]
        subjects.append({"name": name, "marked": len(totals), "mean": mean(totals), "highest": max(totals), "lowest": min(totals)})
    return {"class_name": f"Age {AGE}", "session": "2005/2006", "term": "Third Term", "subjects": subjects, "pupils": pupils,
            "mean": mean(averages), "median": median(averages), "highest": max(averages), "lowest": min(averages)}


def written(sheet):
    """JSON with a line for each subject and pupil."""
    def value(one):
        if isinstance(one, list):
            return "[\n" + ",\n".join("  " + json.dumps(line, ensure_ascii=False) for line in one) + "\n ]"
        return json.dumps(one, ensure_ascii=False)
    return "{\n" + ",\n".join(f' "{name}": {value(one)}' for name, one in sheet.items()) + "\n}\n"


def main():
    text = written(broadsheet())
    if sys.argv[1:] != ["--check"]:
        FIXTURE.write_text(text, encoding="utf-8")
    elif FIXTURE.read_text(encoding="utf-8") != text:
        sys.exit(f"{FIXTURE.name} is not what the published files say; run {Path(__file__).name}")


if __name__ == "__main__":
    main()

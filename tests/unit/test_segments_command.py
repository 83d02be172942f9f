"""What `basketry segments` prints fits 80 columns and says what sets each segment apart."""

from basketry.commands.segments import WIDTH, told_of


def activity(segment, *means):
    names = zip(("recency", "frequency", "money"), means, strict=True)
    return [{"segment": segment, "kind": "activity", "feature": f, "mean": m, "mean_all": 10 * m} for f, m in names]


def over(segment, level, item, n_users, expected):
    lift = n_users / expected
    return {
        "segment": segment,
        "level": level,
        "item": item,
        "n_users": n_users,
        "expected": expected,
        "adjusted_lift": lift,
    }


def test_three_lines_a_segment_the_largest_first():
    found = [
        {"segment": 1, "name": "seldom", "n_users": 10, "share": 0.25},
        {"segment": 7, "name": "frequent, " + "much OF A LONG NAME, " * 5, "n_users": 30, "share": 0.75},
    ]
    profiles = [*activity(1, 40.4, 0.25, 9.0), *activity(7, 3, 2.5, 88.123)]
    more = [
        over(7, "item", "1", 9, 1),
        over(7, "type", "BREAD", 9, 8),
        over(7, "type", "A TYPE OF A VERY LONG NAME", 9, 3),
    ]
    lines = list(
        told_of(found, profiles, more, {"BREAD": "BREAD", "A TYPE OF A VERY LONG NAME": "A TYPE OF A VERY LONG NAME"})
    )
    assert max(map(len, lines)) <= WIDTH and len(lines) == 7
    assert lines[0].startswith("7   frequent, much OF A LONG NAME") and lines[0].endswith("...  30 users, 75.0%")
    assert lines[1] == "    last basket 3 (30) days ago, 2.5 (25) baskets and 88.1 (881.2) spent a week"
    assert lines[2] == "    buys more: A TYPE OF A... x3.0, BREAD x1.1"
    assert lines[3].startswith("1   seldom ") and lines[3].endswith(" 10 users, 25.0%") and len(lines[3]) == WIDTH
    assert lines[5] == "    buys more: nothing that the length of its lists does not explain"

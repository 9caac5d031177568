"""What a group of foreign clients gave: read from the lines that it printed, compared with the excepted cases."""

import dataclasses
import re

LINE = re.compile(r"^(PASS|FAIL|SKIP) (.*)$")
LAST_LINE = re.compile(r"^\d+ passed, \d+ failed, \d+ skipped$", re.M)
# A kit tells so of a case that Hadoop's own servers fail as well.
NOT_COUNTED = "(the oracle does not pass this either)"


def read_excepted(path):
    """The cases ("GROUP CASE") that may fail, each with its reason."""
    excepted = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        words = line.split("\t")
        if len(words) != 2 or not all(words):
            raise ValueError("%s:%d: expected a case, a tab and a reason" % (path, number))
        excepted[words[0]] = words[1]
    return excepted


@dataclasses.dataclass
class Outcome:
    name: str
    seconds: float = 0
    passed: int = 0
    skipped: int = 0
    excepted: list = dataclasses.field(default_factory=list)    # cases that failed as the list permits
    unexpected: list = dataclasses.field(default_factory=list)  # cases that failed otherwise, with what was said
    surprising: list = dataclasses.field(default_factory=list)  # excepted cases that passed
    reason: str = ""  # why the whole group was skipped
    fault: str = ""   # why the group as a whole is bad

    def read(self, text, excepted):
        """Takes in the lines of a kit, whose last one counts the verdicts: without it the kit died on its way."""
        for line in text.splitlines():
            found = LINE.match(line)
            if found is None:
                continue
            verdict, case = found.groups()
            listed = next((known for known in excepted if case == known or case.startswith(known + " ")), None)
            if verdict == "SKIP" or (verdict == "FAIL" and NOT_COUNTED in case):
                self.skipped += 1
            elif verdict == "PASS":
                self.passed += 1
                if listed is not None:
                    self.surprising.append(listed)
            elif listed is not None:
                self.excepted.append(listed)
            else:
                self.unexpected.append(case[:300])
        if LAST_LINE.search(text) is None:
            self.fault = self.fault or "it ended before its last line"
        elif self.passed == 0 and not self.unexpected and not self.fault:
            if self.skipped > 0:
                self.reason = self.reason or next(
                    (line.split(" ", 3)[-1] for line in text.splitlines() if line.startswith("SKIP ")), "all was skipped")
            else:
                self.fault = "it gave no result"

    def good(self):
        return not self.unexpected and not self.fault

    def line(self):
        if self.reason and self.good():
            return "SKIP %s: %s" % (self.name, self.reason)
        text = "%s %s: %d passed, %d failed, %d excepted, %d skipped, %.0f s" % (
            "ok  " if self.good() else "FAIL", self.name, self.passed, len(self.unexpected), len(self.excepted),
            self.skipped, self.seconds)
        if self.fault:
            text += "; " + self.fault
        if self.surprising:
            text += "; passes now though excepted: " + ", ".join(self.surprising)
        return text


def table(results):
    rows = [("group", "passed", "failed", "excepted", "skipped", "seconds")]
    for result in results:
        if result.reason and result.good():
            rows.append((result.name, "-", "-", "-", "all", "SKIP: " + result.reason[:80]))
            continue
        rows.append((result.name, *map(str, (result.passed, len(result.unexpected), len(result.excepted), result.skipped)),
                     "%.0f" % result.seconds))
    return "\n".join("%-10s %7s %7s %9s %8s  %s" % row for row in rows)

"""The daemons' pages in a headless Chromium, with the invented jobs of web_demo.

Opens every page in light and dark, wide and as narrow as a phone, and looks for what would be seen: names that became
markup, errors in the console, a page that scrolls sideways, a page that does not move. Skipped where there is no
Chromium: install the package chromium, or name the program by MR_CHROMIUM.
"""

import os
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

import browser

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"
RUNNING = "/jobs/job_1709633520000_0007"
FAILED = "/jobs/job_1709633520000_0008"
TASK = "/tasks/task_1709633520000_0008_m_000002"
# Each page with what is true of it once it shows something.
PAGES = {
    ("jobtracker", "/"): "document.querySelectorAll('#recent tbody tr').length > 3",
    ("jobtracker", "/jobs"): "document.querySelectorAll('tbody tr').length == 50",
    ("jobtracker", "/nodes"): "document.querySelectorAll('tbody tr').length == 7",
    ("jobtracker", "/schedules"): "document.querySelectorAll('#runs tbody tr').length >= 7",
    ("jobtracker", RUNNING): "document.querySelectorAll('.bar').length > 10 && document.querySelector('.stream, .stages')",
    ("jobtracker", FAILED): "document.querySelectorAll('.failure').length == 2",
    ("jobtracker", TASK): "document.querySelectorAll('.attempt').length == 4",
    ("tasktracker", "/"): "document.querySelectorAll('#attempts tbody tr').length == 3",
}
PROGRAM = browser.find()


@unittest.skipUnless(PROGRAM, "there is no Chromium: install the package chromium or set MR_CHROMIUM")
class PagesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = subprocess.Popen([os.environ["MR_WEB_DEMO"], "--ahead", "30"], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.end_demo)
        cls.ports = dict(cls.demo.stdout.readline().split() for _ in range(2))
        cls.browser = browser.Browser(PROGRAM)
        cls.addClassCleanup(cls.browser.close)

    @classmethod
    def end_demo(cls):
        cls.demo.stdin.close()
        cls.demo.wait(30)
        cls.demo.stdout.close()

    def open(self, daemon, path, width=1280, dark=False):
        self.browser.view(width, dark=dark)
        self.browser.errors.clear()
        self.browser.open("http://localhost:%s%s" % (self.ports[daemon], path))

    def value(self, expression):
        return self.browser.value(expression)

    def until(self, expression):
        self.assertTrue(self.browser.until(expression), (expression, self.value("document.body.innerText")[:2000],
                                                         self.browser.errors))

    def test_every_page_shows_its_things_without_errors_at_any_width(self):
        for (daemon, path), shown in PAGES.items():
            for width, dark in ((1280, False), (360, False), (360, True), (768, True)):
                with self.subTest(page=daemon + path, width=width, dark=dark):
                    self.open(daemon, path, width, dark)
                    self.until("!!(%s)" % shown)
                    self.assertLessEqual(self.value("document.documentElement.scrollWidth"), width)
                    self.assertEqual(self.browser.errors, [])
                    self.until("document.querySelector('.link').classList.contains('live')")

    def test_names_from_outside_never_become_markup(self):
        for daemon, path in PAGES:
            with self.subTest(page=daemon + path):
                self.open(daemon, path)
                self.until("!!(%s)" % PAGES[daemon, path])
                self.assertEqual(self.value("document.querySelectorAll('main script, main img, main iframe').length"), 0)
                self.assertEqual(self.browser.errors, [])
        self.open("jobtracker", RUNNING)
        self.until("document.querySelector('h1') !== null")
        self.assertEqual(self.value("document.querySelector('h1').textContent"), HOSTILE)
        self.until("document.querySelector('code.key') !== null")
        self.assertIn("<script>alert(3)", self.value("document.querySelector('code.key').textContent"))

    def test_a_running_job_moves_without_reload(self):
        self.open("jobtracker", RUNNING)
        self.until("document.querySelector('dl.facts') !== null")
        self.browser.value("window.before = document.querySelector('dl.facts').textContent; window.same = true")
        self.until("document.querySelector('dl.facts').textContent !== window.before")
        self.assertTrue(self.value("window.same"))

    def test_the_search_finds_jobs_and_the_address_keeps_it(self):
        self.open("jobtracker", "/jobs")
        self.until("document.querySelectorAll('tbody tr').length == 50")
        self.value("document.getElementById('text').focus()")
        self.browser.call("Input.insertText", text="SESSIONS OF")
        self.until("document.querySelectorAll('tbody tr').length == 1")
        self.assertEqual(self.value("location.search"), "?q=SESSIONS+OF")
        self.assertIn("failed 4 times", self.value("document.querySelector('tbody').textContent"))

    def test_tasks_sort_and_turn_pages(self):
        self.open("jobtracker", RUNNING)
        first = "document.querySelector('#tasks tbody td').textContent"
        self.until("document.querySelectorAll('#tasks tbody tr').length == 25 && %s == 'm_000000'" % first)
        self.value("[...document.querySelectorAll('#tasks .pager button')].pop().click()")
        self.until(first + " == 'm_000025'")
        self.value("document.querySelector('#tasks th button').click()")
        self.until(first + " == 'm_000071'")
        self.assertEqual(self.value("document.querySelector('#tasks th').getAttribute('aria-sort')"), "descending")

    def test_the_keyboard_reaches_everything_and_shows_where_it_is(self):
        self.open("jobtracker", FAILED)
        self.until("document.querySelectorAll('.bar').length > 5")
        reached = set()
        for _ in range(80):
            self.browser.press("Tab", 9)
            place = self.value("""(() => { const at = document.activeElement, style = getComputedStyle(at);
                return [at.tagName + '.' + (at.getAttribute('class') || ''), parseFloat(style.outlineWidth) > 0,
                        at.matches(':focus-visible')]; })()""")
            reached.add(place[0])
            if place[0] != "BODY.":
                self.assertTrue(place[1] and place[2], place)
        for wanted in ("A.skip", "A.brand", "svg.lanes", "BUTTON.order", "INPUT.", "SUMMARY."):
            self.assertIn(wanted, reached)
        self.value("document.querySelector('.lanes').focus()")
        self.browser.press("ArrowRight", 39)
        self.until("document.querySelector('.bar.at') !== null")
        self.assertIn("attempt_", self.value("document.querySelector('.chosen').textContent"))

    def test_killing_asks_who_and_tells_a_refusal(self):
        self.open("jobtracker", "/jobs/job_1709633520000_0009")
        self.until("document.querySelector('.quiet-button') !== null")
        self.value("document.querySelector('.quiet-button').click()")
        self.assertTrue(self.value("document.querySelector('dialog').open"))
        self.value("document.getElementById('kill-user').value = 'mallory'")
        self.value("document.querySelector('dialog .danger').click()")
        self.until("document.querySelector('dialog .problem').textContent.includes('may not kill')")
        self.value("document.getElementById('kill-user').value = 'etl'")
        self.value("document.querySelector('dialog .danger').click()")
        self.until("!document.querySelector('dialog').open && document.querySelector('.state').textContent == 'killed'")

    def test_a_schedule_is_run_by_its_owner(self):
        self.open("jobtracker", "/schedules")
        self.until("document.querySelector('[aria-label=\"Run now nightly\"]') !== null")
        self.value("document.getElementById('user').value = 'mallory'")
        self.value("document.querySelector('[aria-label=\"Run now nightly\"]').click()")
        self.until("document.body.innerText.includes('mallory may not change')")
        self.value("document.getElementById('user').value = 'ann'")
        self.value("document.querySelector('[aria-label=\"Run now nightly\"]').click()")
        self.until("document.body.innerText.includes('Run 8 of nightly begins')")
        self.until("document.querySelectorAll('#runs tbody tr').length == 8")

    def test_an_unknown_job_is_told(self):
        self.open("jobtracker", "/jobs/job_1_0001")
        self.until("document.querySelector('.problem').textContent.includes('There is no job job_1_0001')")

    def test_another_site_cannot_ask(self):
        port = self.ports["jobtracker"]
        request = urllib.request.Request("http://127.0.0.1:%s/api/cluster" % port, headers={"Host": "evil.example"})
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        self.assertEqual(refused.exception.code, 403)
        refused.exception.close()


if __name__ == "__main__":
    unittest.main(argv=sys.argv)

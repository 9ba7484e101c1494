"""How a verdict is shown: one file a report, one line each in `REPORTS`."""

from brownout.core.report import Report
from brownout.reports.github import GithubReport
from brownout.reports.html import HtmlReport
from brownout.reports.json_ import JsonReport
from brownout.reports.junit import JunitReport
from brownout.reports.terminal import TerminalReport

REPORTS: dict[str, Report] = {
    "json": JsonReport(),
    "junit": JunitReport(),
    "terminal": TerminalReport(),
    "github": GithubReport(),
    "html": HtmlReport(),  # last: it needs an extra, and the others are kept if it isn't there
}

"""How a verdict is shown: one file a report, one line each in `REPORTS`."""

from brownout.core.report import Report
from brownout.reports.json_ import JsonReport
from brownout.reports.terminal import TerminalReport

REPORTS: dict[str, Report] = {
    "json": JsonReport(),
    "terminal": TerminalReport(),
}

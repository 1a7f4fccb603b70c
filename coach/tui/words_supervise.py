"""Texts of the supervisor's section as a whole; each part has its own file."""

from __future__ import annotations

TEXTS_SUPERVISE: dict[str, tuple[str, str]] = {
    "nav.supervise": ("督导", "Supervise"),
    "supervise.review": ("复核", "Review"),
    "supervise.report": ("报表", "Report"),
    "supervise.allocation": ("分户", "Allocation"),
    "supervise.log": ("日志", "Log"),
    "palette.supervise": ("督导：复核、报表、分户、日志", "Supervise: review, report, allocation, log"),
}

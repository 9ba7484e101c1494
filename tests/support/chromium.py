"""A headless Chromium with its driver, from the system: on Debian the packages of those names."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CHROMIUM: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_DRIVER: Final = shutil.which("chromedriver")
_FLAGS: Final = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")
NOWHERE: Final = ("--host-resolver-rules=MAP * ~NOTFOUND",)
LOOPBACK: Final = ("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--no-proxy-server")

IN_A_BROWSER: Final = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (_CHROMIUM and _DRIVER),
        reason="no Chromium with its driver on this machine: apt-get install chromium chromium-driver",
    ),
]
"""The marks of a module that needs one."""


@contextmanager
def chromium(reach: tuple[str, ...], logs: Mapping[str, str] | None = None) -> Iterator[webdriver.Chrome]:
    """Give a browser that reaches `reach` alone and keeps these logs."""
    options = webdriver.ChromeOptions()
    options.binary_location = _CHROMIUM or ""
    for flag in (*_FLAGS, *reach):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", dict(logs or {"browser": "ALL"}))
    driver = webdriver.Chrome(options=options, service=Service(_DRIVER))
    try:
        yield driver
    finally:
        driver.quit()

from __future__ import annotations

import logging

import pytest
from gunicorn.config import Config  # type: ignore[import-untyped]

from catalog.errors import ExportCutError
from gtm_site.web_log import WebLogger


def logged(error: Exception, caplog: pytest.LogCaptureFixture) -> logging.LogRecord:
    """What gunicorn leaves in the log when an answer ends with this error."""
    logger = WebLogger(Config())
    with caplog.at_level(logging.WARNING):
        try:
            raise error
        except Exception:  # as gunicorn's workers do
            logger.exception("Error handling request")
    (record,) = caplog.records
    return record


@pytest.mark.parametrize("error", [ExportCutError("not read in 900 seconds"), TimeoutError("timed out")], ids=["deadline", "socket"])
def test_a_reader_who_is_let_go_is_one_line(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    record = logged(error, caplog)
    assert (record.levelname, record.exc_info) == ("WARNING", None)
    assert str(error) in record.getMessage()


def test_any_other_error_keeps_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    record = logged(ValueError("ours"), caplog)
    assert record.levelname == "ERROR"
    assert record.exc_info is not None
    assert record.exc_info[0] is ValueError

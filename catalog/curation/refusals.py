"""What a correction may not say, although its column would hold it. Pure: no database."""

from __future__ import annotations

from typing import Any

import pycountry

from catalog.errors import CorrectionError

PAY_FIELDS = ("salary_min_usd", "salary_max_usd")


def refuse_country(code: Any) -> None:
    """Raises CorrectionError unless it is an ISO 3166-1 alpha-2 code."""
    if code != str(code).upper() or pycountry.countries.get(alpha_2=code) is None:
        raise CorrectionError(f"location_country: {code!r} is no country's two-letter code, such as US or DE")


def refuse_pay(field: str, value: int | None, standing: tuple[int | None, int | None]) -> None:
    """Raises CorrectionError for less than nothing, and for a minimum above the maximum. `standing`: both PAY_FIELDS of the job."""
    if value is not None and value < 0:
        raise CorrectionError(f"{field}: pay cannot be below 0")
    least, most = (value if name == field else known for name, known in zip(PAY_FIELDS, standing, strict=True))
    if least is not None and most is not None and least > most:
        raise CorrectionError(f"{field}: the least pay would be {least:,} and the most {most:,}; correct the other one first")

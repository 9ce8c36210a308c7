"""The record `job_extracted_v1` (spec E1): the one class from which validation and JSON schema are derived."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator, with_config
from typing_extensions import TypedDict

SCHEMA_VERSION = "job_extracted_v1"
SUMMARY_MAX_WORDS = 60


class Seniority(StrEnum):
    INTERN = "intern"
    JUNIOR = "junior"
    MID = "mid"
    SENIOR = "senior"
    STAFF = "staff"
    PRINCIPAL = "principal"
    MANAGER = "manager"
    DIRECTOR = "director"
    VP = "vp"
    CXO = "cxo"
    UNKNOWN = "unknown"


class JobFunction(StrEnum):
    SALES = "sales"
    REVOPS = "revops"
    MARKETING = "marketing"
    ENGINEERING = "engineering"
    DATA = "data"
    PRODUCT = "product"
    DESIGN = "design"
    CUSTOMER_SUCCESS = "customer_success"
    SUPPORT = "support"
    FINANCE = "finance"
    HR = "hr"
    LEGAL = "legal"
    OPERATIONS = "operations"
    IT = "it"
    SECURITY = "security"
    RESEARCH = "research"
    OTHER = "other"
    UNKNOWN = "unknown"


class RemoteType(StrEnum):
    ONSITE = "onsite"
    HYBRID = "hybrid"
    REMOTE = "remote"
    UNKNOWN = "unknown"


class EmploymentType(StrEnum):
    FULL_TIME = "full_time"
    PART_TIME = "part_time"
    CONTRACT = "contract"
    INTERNSHIP = "internship"
    TEMPORARY = "temporary"
    UNKNOWN = "unknown"


class Period(StrEnum):
    YEAR = "year"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    HOUR = "hour"


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@with_config(ConfigDict(extra="forbid"))
class Highlight(TypedDict):
    """A verbatim span of the cleaned text that supports a fact: `text[start_char:end_char]` of the posting is `text`.

    A record holds dozens of them: objects, and a check of each span in a call of its own, would cost as much as everything else in
    the record together. Therefore they stay plain, and the record checks that each span is as long as its text.
    """

    label: Annotated[str, Field(min_length=1, max_length=40)]
    text: Annotated[str, Field(min_length=1, max_length=1000)]
    start_char: Annotated[int, Field(ge=0)]
    end_char: Annotated[int, Field(gt=0)]


class JobExtractedV1(_Value):
    """One posting as facts. Amounts are whole US dollars a year, only where the posting states pay."""

    source_type: Annotated[str, Field(min_length=1, max_length=40)]
    source_key: Annotated[str, Field(min_length=1, max_length=200)]
    source_job_id: Annotated[str, Field(min_length=1, max_length=200)]
    company_name: Annotated[str, Field(max_length=300)]
    company_domain: Annotated[str, Field(max_length=253)] | None = None
    role_title: Annotated[str, Field(max_length=500)]
    seniority_level: Seniority = Seniority.UNKNOWN
    job_function: JobFunction = JobFunction.UNKNOWN
    location_city: Annotated[str, Field(max_length=200)] | None = None
    location_state: Annotated[str, Field(pattern=r"^[A-Z]{2,3}$")] | None = None
    location_country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    remote_type: RemoteType = RemoteType.UNKNOWN
    employment_type: EmploymentType = EmploymentType.UNKNOWN
    salary_min_usd: Annotated[int, Field(ge=0, le=100_000_000)] | None = None
    salary_max_usd: Annotated[int, Field(ge=0, le=100_000_000)] | None = None
    job_summary: str = ""
    key_functions_hired_for: list[Annotated[str, Field(max_length=500)]] = Field(default_factory=list, max_length=20)
    skills_raw: list[Annotated[str, Field(max_length=120)]] = Field(default_factory=list, max_length=200)
    tools_raw: list[Annotated[str, Field(max_length=120)]] = Field(default_factory=list, max_length=200)
    highlights: list[Highlight] = Field(default_factory=list, max_length=200)
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.0
    needs_tier2: bool = False

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if len(self.job_summary.split()) > SUMMARY_MAX_WORDS:
            raise ValueError(f"job_summary has more than {SUMMARY_MAX_WORDS} words")
        low, high = self.salary_min_usd, self.salary_max_usd
        if low is not None and high is not None and low > high:
            raise ValueError(f"salary_min_usd {low} is above salary_max_usd {high}")
        for span in self.highlights:
            if span["end_char"] - span["start_char"] != len(span["text"]):
                raise ValueError(f"highlight {span['start_char']}:{span['end_char']} is not as long as its text ({len(span['text'])})")
        return self


class SalaryDetails(_Value):
    """Pay as the posting states it, in units of `currency` per `period`; `ote` = on-target earnings, no base given."""

    min: float | None
    max: float | None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    period: Period
    ote: bool = False


class LocationDetails(_Value):
    """One place of the posting; country ISO 3166-1 alpha-2, state letters for US, CA, AU only, region such as EMEA."""

    city: str | None = None
    state: str | None = None
    country: str | None = None
    region: str | None = None


class ExtractionDetails(_Value):
    """What the record has no room for (spec E1 [+]); `notes` are sentences for people, e.g. a missing exchange rate.

    `answer` is what a language model said, as it said it: the record holds of it what the posting's own words back.
    """

    salary: SalaryDetails | None = None
    locations: list[LocationDetails] = Field(default_factory=list)
    language: str | None = None
    notes: list[str] = Field(default_factory=list)
    answer: dict[str, Any] | None = None
    answer_stated: int = 0
    """Values that the model stated."""
    answer_located: int = 0
    """How many of those have words that stand in the posting."""


def json_schema() -> dict[str, Any]:
    """The JSON schema of the record, derived from the class."""
    return JobExtractedV1.model_json_schema()

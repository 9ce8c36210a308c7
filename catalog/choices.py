"""The closed vocabularies of spec E1, as choices: the stored value is the name in the record."""

from __future__ import annotations

from django.db import models


class JobState(models.TextChoices):
    OPEN = "open", "Open"
    MISSING = "missing", "Missing"
    CLOSED = "closed", "Closed"


class Seniority(models.TextChoices):
    INTERN = "intern", "Intern"
    JUNIOR = "junior", "Junior"
    MID = "mid", "Mid"
    SENIOR = "senior", "Senior"
    STAFF = "staff", "Staff"
    PRINCIPAL = "principal", "Principal"
    MANAGER = "manager", "Manager"
    DIRECTOR = "director", "Director"
    VP = "vp", "VP"
    CXO = "cxo", "C-level"
    UNKNOWN = "unknown", "Unknown"


class JobFunction(models.TextChoices):
    SALES = "sales", "Sales"
    REVOPS = "revops", "RevOps"
    MARKETING = "marketing", "Marketing"
    ENGINEERING = "engineering", "Engineering"
    DATA = "data", "Data"
    PRODUCT = "product", "Product"
    DESIGN = "design", "Design"
    CUSTOMER_SUCCESS = "customer_success", "Customer success"
    SUPPORT = "support", "Support"
    FINANCE = "finance", "Finance"
    HR = "hr", "HR"
    LEGAL = "legal", "Legal"
    OPERATIONS = "operations", "Operations"
    IT = "it", "IT"
    SECURITY = "security", "Security"
    RESEARCH = "research", "Research"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Unknown"


class RemoteType(models.TextChoices):
    ONSITE = "onsite", "On-site"
    HYBRID = "hybrid", "Hybrid"
    REMOTE = "remote", "Remote"
    UNKNOWN = "unknown", "Unknown"


class EmploymentType(models.TextChoices):
    FULL_TIME = "full_time", "Full-time"
    PART_TIME = "part_time", "Part-time"
    CONTRACT = "contract", "Contract"
    INTERNSHIP = "internship", "Internship"
    TEMPORARY = "temporary", "Temporary"
    UNKNOWN = "unknown", "Unknown"


class SkillKind(models.TextChoices):
    SKILL = "skill", "Skill"
    TOOL = "tool", "Tool"


class PlaceKind(models.TextChoices):
    CITY = "city", "City"
    METRO = "metro", "Metro area"
    STATE = "state", "State"
    COUNTRY = "country", "Country"
    REGION = "region", "Region"


class SearchSubject(models.TextChoices):
    """What a saved search lists: the page that answers it."""

    JOBS = "jobs", "Jobs"
    COMPANIES = "companies", "Companies"


class TermVerdict(models.TextChoices):
    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted as a skill"
    MERGED = "merged", "Merged into a skill"
    REJECTED = "rejected", "Rejected"

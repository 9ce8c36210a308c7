"""Reads of the catalogue's tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.db.models.functions import Upper

from catalog.changes import Position, settled_until
from catalog.search.words import text_query

if TYPE_CHECKING:
    from catalog.models import Company, Job, Skill  # noqa: F401

# Recruiters and staffing agencies by their names: what they do, or the best known of them. An employer's own recruiting
# page is none ("Acme Campus Recruiting"), an advertising agency neither. The index `company_agency` holds its matches.
AGENCY_NAMES = (
    r"^(?!.*(campus|university|early|internal|veteran|military|talent community|talent pool))"
    r".*\m(recruit(ers?|ing|ment|ments)|staffing|headhunt(ers?|ing)|executive search|search partners|talent (partners|solutions|search)"
    r"|(employment|temp|placement|staff) (agency|agencies|services)|personnel (services|solutions|consultants?)"
    r"|randstad|adecco|manpower|manpowergroup|robert half|michael page|pagegroup|kelly services|kforce|aerotek|teksystems|insight global"
    r"|apex systems|cybercoders|jobot|allegis group|experis|spherion|harnham|hays (recruitment|specialist|plc)|jobgether|job&talent)\M"
)
# Larger than any number of jobs: a LIMIT is the one fence that the planner does not look through.
_FENCE = 1_000_000_000
_FEW_COMPANIES = 200


class JobQuerySet(QuerySet["Job"]):
    """Jobs to filter, count and page through. Every order ends with the id, so that a keyset can follow it."""

    def matching(self, text: str) -> JobQuerySet:
        """Full text, see `catalog.search.words`; stemmed, accents ignored."""
        return self.filter(search_vector=text_query(text))

    def resembling(self, text: str) -> JobQuerySet:
        """Title or company contains the text or looks like it (typos, parts of words)."""
        from catalog.models import Company

        folded = text.upper()
        # As ids: with the join inside the "or", no index would serve any part of it.
        companies = list(Company.objects.filter(name__icontains=text).values_list("pk", flat=True)[:_FEW_COMPANIES])
        alike = Q(title_upper__contains=folded) | Q(title_upper__trigram_word_similar=folded) | Q(company__in=companies)
        return self.alias(title_upper=Upper("title")).filter(alike)

    def with_skills(self, skill_ids: Collection[int]) -> JobQuerySet:
        return self.filter(skill_ids__contains=sorted(skill_ids))

    def changed_since(self, position: Position) -> JobQuerySet:
        """In any state, what changed after the position and is settled, in the order of change."""
        after = Q(updated_at__gt=position.at) | Q(updated_at=position.at, id__gt=position.job_id)
        window = self.filter(updated_at__gte=position.at, updated_at__lt=settled_until())
        return window.filter(after).order_by("updated_at", "id")

    def in_the_order_of(self, ids: Sequence[int]) -> list[Job]:
        """The jobs of these ids, in their order; those that are gone are left out."""
        by_id = {job.pk: job for job in self.filter(pk__in=ids)}
        return [by_id[pk] for pk in ids if pk in by_id]

    def newest_first(self) -> JobQuerySet:
        return self.order_by("-listed_at", "-id")

    def best_paid_first(self) -> JobQuerySet:
        """By stated salary, jobs without one last."""
        return self.order_by("-comp_usd", "-id")

    def fenced(self) -> JobQuerySet:
        """The same jobs, found before they are ordered.

        Asked for the newest jobs with a rare word, PostgreSQL may walk the newest jobs and look into each one's
        vector; behind the fence it uses the index of words.
        """
        return self.model.objects.filter(pk__in=self.order_by().values("pk")[:_FENCE])


class CompanyQuerySet(QuerySet["Company"]):
    """Companies by what is typed of them."""

    def called(self, names: Sequence[str]) -> CompanyQuerySet:
        """Those whose name contains any of the names."""
        return self.filter(reduce(Q.__or__, (Q(name__icontains=name) for name in names)))

    def of_domains(self, domains: Sequence[str]) -> CompanyQuerySet:
        """By their web domains, in any case of letters, with or without `www.`."""
        return self.filter(domain__in=[domain.casefold().removeprefix("www.") for domain in domains])

    def agencies(self) -> CompanyQuerySet:
        """Those that hire for others, as far as their names tell."""
        return self.filter(name__iregex=AGENCY_NAMES)

    def ids(self) -> list[int]:
        return list(self.values_list("pk", flat=True))


class SkillQuerySet(QuerySet["Skill"]):
    """Skills to suggest and to match."""

    def active(self) -> SkillQuerySet:
        return self.filter(is_active=True)

    def named(self, typed: str) -> SkillQuerySet:
        """Those with this text in the name or in another form."""
        return self.filter(pk__in=self.filter(aliases__folded__contains=typed.strip().casefold()).values("pk"))

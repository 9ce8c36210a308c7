"""Which company a board belongs to. Identity is the web domain when known, else the board."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from django.db import connection

from catalog.changes import change_announce
from catalog.facts import JobFacts
from catalog.models import Company, CompanyBoard, CompanySignal, Job
from catalog.publishing.publish_rows import storable

Board = tuple[str, str]
_KEEP_DROPPED = """
    INSERT INTO catalog_droppedskill (company_id, skill_id, seen_at)
    SELECT %(owner)s, skill_id, seen_at FROM catalog_droppedskill WHERE company_id = %(former)s ORDER BY skill_id
    ON CONFLICT (company_id, skill_id) DO UPDATE SET seen_at = least(catalog_droppedskill.seen_at, EXCLUDED.seen_at)
"""


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a batch of postings says about the company of one board."""

    board: Board
    name: str
    domain: str | None


def companies_resolve(*, facts: Sequence[JobFacts]) -> Mapping[Board, int]:
    """Company ids by board; companies and boards that are new, or whose domain or name was learnt, are written.

    Call it inside the transaction that uses the ids, before that locks anything else.
    """
    claims = _claims(facts)
    known = _known_boards(claims)
    open_claims = [claim for claim in claims if _is_open(claim, known.get(claim.board))]
    if open_claims:
        _lock(open_claims)
        known = _known_boards(claims)  # again: somebody else may have settled some of them meanwhile
        _create([claim for claim in open_claims if claim.board not in known])
        for claim in open_claims:
            if company := known.get(claim.board):
                _learn(company, claim)
        known = _known_boards(claims)
    return {board: company.pk for board, company in known.items()}


def _claims(facts: Iterable[JobFacts]) -> list[_Claim]:
    names: dict[Board, Counter[str]] = defaultdict(Counter)
    domains: dict[Board, Counter[str]] = defaultdict(Counter)
    for item in facts:
        board = (item.source_type, item.source_key)
        names[board][storable(item.company_name).strip()[:300] or item.source_key] += 1
        if item.company_domain:
            domains[board][item.company_domain.casefold()[:253]] += 1
    return [_Claim(board, _first(names[board]) or board[1], _first(domains[board])) for board in sorted(names)]


def _first(counter: Counter[str]) -> str | None:
    """The most frequent; of equals the smallest, so that the order of postings does not matter."""
    return min(counter, key=lambda word: (-counter[word], word)) if counter else None


def _known_boards(claims: Sequence[_Claim]) -> dict[Board, Company]:
    wanted = {claim.board for claim in claims}
    boards = CompanyBoard.objects.filter(source_key__in={key for _, key in wanted}).select_related("company")
    return {board: row.company for row in boards if (board := (row.source_type, row.source_key)) in wanted}


def _is_open(claim: _Claim, company: Company | None) -> bool:
    """Whether the claim says something that the tables do not know yet."""
    if company is None:
        return True
    return (company.domain is None and claim.domain is not None) or (
        _is_placeholder(company.name, claim) and not _is_placeholder(claim.name, claim)
    )


def _is_placeholder(name: str, claim: _Claim) -> bool:
    """The board's key stands in for the name as long as nobody told it."""
    return name == claim.board[1]


def _lock(claims: Iterable[_Claim]) -> None:
    """Until the transaction's end nobody else settles these boards and domains. Sorted: two publishers cannot cross."""
    names = {f"board:{'/'.join(claim.board)}" for claim in claims} | {f"domain:{claim.domain}" for claim in claims if claim.domain}
    keys = sorted(int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True) for name in names)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])


def _create(claims: Sequence[_Claim]) -> None:
    """Boards that are new, with their companies: one company for each domain, one for each board without a domain."""
    domains = {claim.domain for claim in claims if claim.domain}
    owners: dict[str | Board, Company] = {c.domain: c for c in Company.objects.filter(domain__in=domains) if c.domain}
    new = {key: Company(name=claim.name, domain=claim.domain) for claim in claims if (key := claim.domain or claim.board) not in owners}
    owners |= dict(zip(new, Company.objects.bulk_create(new.values()), strict=True))
    CompanyBoard.objects.bulk_create(
        CompanyBoard(source_type=claim.board[0], source_key=claim.board[1], company=owners[claim.domain or claim.board]) for claim in claims
    )


def _learn(company: Company, claim: _Claim) -> None:
    """The domain or the name of a known board's company became known."""
    owner = Company.objects.filter(domain=claim.domain).first() if claim.domain and company.domain is None else None
    if owner:
        _move(CompanyBoard.objects.get(source_type=claim.board[0], source_key=claim.board[1]), owner)
        return
    company.domain = company.domain or claim.domain
    if _is_placeholder(company.name, claim):
        company.name = claim.name
    company.save(update_fields=["domain", "name"])


def _move(board: CompanyBoard, owner: Company) -> None:
    """The board turned out to belong to a company that is known by its domain. A company without boards goes."""
    former = Company.objects.select_for_update().get(pk=board.company_id)
    board.company = owner
    board.save(update_fields=["company"])
    at = change_announce()
    moved = Job.objects.filter(source_type=board.source_type, source_key=board.source_key, company=former)
    # They hold nobody up: who looks at a company holds it, too.
    CompanySignal.objects.filter(company=former, job__in=moved).update(company=owner)
    moved.update(company=owner, updated_at=at)
    _touch(former, at)
    if not former.boards.exists() and not former.jobs.exists():
        with connection.cursor() as cursor:
            cursor.execute(_KEEP_DROPPED, {"owner": owner.pk, "former": former.pk})
        former.delete()


def _touch(company: Company, at: datetime) -> None:
    """Whoever follows changes looks at it again. A job that somebody else has locked comes by anyway."""
    one = Job.objects.select_for_update(skip_locked=True).filter(company=company).order_by("pk").first()
    if one:
        Job.objects.filter(pk=one.pk).update(updated_at=at)

"""What the vocabulary that we ship must hold (spec S1, S3)."""

import re
from collections import Counter

import pytest

from catalog.vocabulary.vocabulary_csv import read_vocabulary

# Names that are English words, first names or single letters: each needs context wherever it is found.
NEED_CARE = """
Go R C D Swift Rust Ruby Dart Julia Crystal Ada Hack Elm Scala Perl Apex
Spring React Node Express Next Nest Flask Django Rails Ember Backbone Meteor Phoenix Play Gin Less Lit Bootstrap Material Polymer
Relay Dash Spark Storm Hive Beam Flow Ray Prefect Chef Puppet Salt Helm Vault Consul Packer Rancher Harbor Kong Envoy Temporal
Elastic Edge Unity Excel Access Word Project Teams Outlook Notion Slack Monday Linear Coda Box Zoom Loom Sketch Front Guru
Confluence Outreach Gong Clay Segment Close Copper Drift Groove Chorus Catalyst Census Apollo Qualified Default Consensus Reprise
Walnut Seismic Responsive Reveal Crossbeam Terminus Koala Fathom Nooks Instantly Metadata Conductor Buffer Splash Heap Mode Sigma
Hex Omni Amplitude Iterable Snowflake Stitch Ironclad Orb Metronome Zip Ramp Bill Gusto Lattice Greenhouse Lever Ashby Gem
Rippling Workable Make Stripe Square Sage Pigment Carta
"""

GTM_STACK = """
Salesforce HubSpot Outreach Salesloft Gong Clari ZoomInfo Apollo.io Clay 6sense LeanData Hightouch Demandbase Marketo Pardot
Census Cognism CaptivateIQ Fivetran Vanta Segment Drift Qualified Highspot Seismic Chorus Gainsight Zendesk Intercom Xactly
"""

ALIASES = {
    "K8s": "Kubernetes",
    "Postgres": "PostgreSQL",
    "SFDC": "Salesforce",
    "GCP": "Google Cloud Platform",
    "JS": "JavaScript",
    "TS": "TypeScript",
    "Golang": "Go",
    "Eloqua": "Oracle Eloqua",
    "Redshift": "Amazon Redshift",
    "PowerBI": "Power BI",
    "GA4": "Google Analytics",
    "sklearn": "scikit-learn",
    "RevOps": "revenue operations",
    "ABM": "account-based marketing",
    "MEDDPICC": "MEDDIC",
}


@pytest.fixture(scope="module")
def vocabulary():
    return read_vocabulary()


@pytest.fixture(scope="module")
def terms_by_form(vocabulary):
    return {form.casefold(): term for term in vocabulary.terms for form in (term.name, *term.aliases)}


def test_there_are_at_least_1500_terms_of_both_kinds(vocabulary):
    kinds = Counter(term.kind for term in vocabulary.terms)
    assert sum(kinds.values()) >= 1500
    assert min(kinds["tool"], kinds["skill"]) >= 500


@pytest.mark.parametrize("name", NEED_CARE.split())
def test_a_name_that_is_a_word_is_flagged(terms_by_form, name):
    assert name in terms_by_form[name.casefold()].ambiguous


@pytest.mark.parametrize("name", GTM_STACK.split())
def test_the_gtm_stack_is_there(terms_by_form, name):
    assert terms_by_form[name.casefold()].kind == "tool"


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_an_alias_leads_to_its_term(terms_by_form, alias, name):
    assert terms_by_form[alias.casefold()].name == name


def test_cells_are_tidy(vocabulary):
    for term in vocabulary.terms:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", term.category), term
        assert term.domain == "" or re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", term.domain), term
        assert all(form == " ".join(form.split()) for form in (term.name, *term.aliases)), term


def test_single_letters_are_always_ambiguous(vocabulary):
    letters = {form for term in vocabulary.terms for form in (term.name, *term.aliases) if len(form) == 1}
    assert letters <= {form for term in vocabulary.terms for form in term.ambiguous}

"""The shapes of the API's answers, for the OpenAPI document. `catalog.api.rows` makes the answers themselves."""

from __future__ import annotations

from rest_framework import serializers

from catalog.choices import EmploymentType, JobFunction, JobState, PlaceKind, RemoteType, SearchSubject, Seniority, SkillKind


class HighlightSerializer(serializers.Serializer[object]):
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name, not the attribute
    text = serializers.CharField(help_text="verbatim: text[start_char:end_char] of the job's text")
    start_char = serializers.IntegerField()
    end_char = serializers.IntegerField()


class SalarySerializer(serializers.Serializer[object]):
    min = serializers.FloatField(allow_null=True)
    max = serializers.FloatField(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    period = serializers.CharField(allow_null=True)
    ote = serializers.BooleanField(allow_null=True)


class JobSerializer(serializers.Serializer[object]):
    """A job in a list: every name of the record job_extracted_v1, and what the catalogue adds."""

    id = serializers.IntegerField()
    url = serializers.CharField()
    state = serializers.ChoiceField(choices=JobState.choices)
    title = serializers.CharField(help_text="as the posting has it")
    location_text = serializers.CharField(help_text="as the posting has it")
    company_id = serializers.IntegerField()
    is_prospect = serializers.BooleanField(help_text="a call for applications in general, not a vacancy")
    language = serializers.CharField(allow_null=True)
    posted_at = serializers.DateTimeField(allow_null=True)
    first_seen = serializers.DateTimeField()
    last_seen = serializers.DateTimeField()
    missing_since = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField(help_text="last change of anything but last_seen; what `since` follows")
    source_type = serializers.CharField()
    source_key = serializers.CharField()
    source_job_id = serializers.CharField()
    company_name = serializers.CharField()
    company_domain = serializers.CharField(allow_null=True)
    role_title = serializers.CharField()
    seniority_level = serializers.ChoiceField(choices=Seniority.choices)
    job_function = serializers.ChoiceField(choices=JobFunction.choices)
    location_city = serializers.CharField(allow_null=True)
    location_state = serializers.CharField(allow_null=True)
    location_country = serializers.CharField(allow_null=True)
    remote_type = serializers.ChoiceField(choices=RemoteType.choices)
    employment_type = serializers.ChoiceField(choices=EmploymentType.choices)
    salary_min_usd = serializers.IntegerField(allow_null=True, help_text="a year")
    salary_max_usd = serializers.IntegerField(allow_null=True, help_text="a year")
    salary = SalarySerializer(allow_null=True, help_text="as stated: its own currency and period; ote: on target")
    job_summary = serializers.CharField()
    key_functions_hired_for = serializers.ListField(child=serializers.CharField())
    skills_raw = serializers.ListField(child=serializers.CharField())
    tools_raw = serializers.ListField(child=serializers.CharField())
    highlights = HighlightSerializer(many=True)
    confidence = serializers.FloatField()
    needs_tier2 = serializers.BooleanField()
    tier = serializers.IntegerField(help_text="0 rules, 1 local LLM, 2 paid LLM")
    skills = serializers.ListField(child=serializers.CharField(), help_text="canonical names")


class SkillMentionSerializer(serializers.Serializer[object]):
    skill = serializers.CharField()
    kind = serializers.ChoiceField(choices=SkillKind.choices)
    category = serializers.CharField()
    surface = serializers.CharField(help_text="as written")
    section = serializers.CharField()
    start = serializers.IntegerField(allow_null=True, help_text="in text; null: seen in the title only")
    end = serializers.IntegerField(allow_null=True)
    mentions = serializers.IntegerField()


class LocationSerializer(serializers.Serializer[object]):
    city = serializers.CharField(allow_null=True)
    state = serializers.CharField(allow_null=True)
    country = serializers.CharField(allow_null=True)
    region = serializers.CharField(allow_null=True)


class JobDetailSerializer(JobSerializer):
    """One job, with the text that all offsets refer to and the evidence of every field."""

    request_id = serializers.CharField()
    text = serializers.CharField()
    evidence = serializers.DictField(help_text="field -> {source, rule, tier, confidence, spans}")
    locations = LocationSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField())
    skill_mentions = SkillMentionSerializer(many=True)


class SkillSuggestionSerializer(serializers.Serializer[object]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=SkillKind.choices)
    category = serializers.CharField()
    matched = serializers.CharField(help_text="the form that matched: the name, or an alias")


class SuggestionsSerializer(serializers.Serializer[object]):
    request_id = serializers.CharField()
    items = SkillSuggestionSerializer(many=True)


class CompanySuggestionSerializer(serializers.Serializer[object]):
    id = serializers.IntegerField(help_text="what the filter company takes")
    name = serializers.CharField()
    domain = serializers.CharField(allow_null=True)
    job_count = serializers.IntegerField(help_text="open jobs, when last counted")


class CompanySuggestionsSerializer(serializers.Serializer[object]):
    request_id = serializers.CharField()
    items = CompanySuggestionSerializer(many=True)


class PlaceSuggestionSerializer(serializers.Serializer[object]):
    name = serializers.CharField(help_text="what the filter location takes")
    kind = serializers.ChoiceField(choices=PlaceKind.choices)
    matched = serializers.CharField(help_text="the form that matched: the name, or another way to write it")
    job_count = serializers.IntegerField(help_text="open jobs that this filter finds, when last counted")


class PlaceSuggestionsSerializer(serializers.Serializer[object]):
    request_id = serializers.CharField()
    items = PlaceSuggestionSerializer(many=True)


class SavedSearchSerializer(serializers.Serializer[object]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    subject = serializers.ChoiceField(choices=SearchSubject.choices, help_text="what it lists")
    query = serializers.CharField(help_text="the filters as in an address, in their canonical form")
    url = serializers.CharField(help_text="the page that shows it")
    created_at = serializers.DateTimeField()
    looked_at = serializers.DateTimeField(help_text="what was published here then or later is new")
    new_until = serializers.DateTimeField(help_text="of this answer: write it to looked_at when you have been through what is new")
    new_count = serializers.IntegerField(allow_null=True, help_text="jobs or companies since looked_at; null: see problems")
    new_count_is_exact = serializers.BooleanField(allow_null=True, help_text="false: there are more")
    problems = serializers.ListField(child=serializers.CharField(), help_text="filters that are not understood any more")


class SavedSearchDetailSerializer(SavedSearchSerializer):
    request_id = serializers.CharField()


class ReadingSerializer(serializers.Serializer[object]):
    words = serializers.CharField(help_text="as typed; empty where a language model read the sentence")
    parameter = serializers.CharField()
    value = serializers.CharField()
    note = serializers.CharField(help_text="how it was read, where that is not plain: a conversion, a typing error")


class UnusedWordsSerializer(serializers.Serializer[object]):
    words = serializers.CharField()
    reason = serializers.CharField()


class UnderstandingSerializer(serializers.Serializer[object]):
    request_id = serializers.CharField()
    sentence = serializers.CharField()
    reader = serializers.CharField(help_text="rules, or the language model's provider")
    parameters = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), help_text="filters of jobs with their values"
    )
    query = serializers.CharField(help_text="the same as in an address")
    subject = serializers.ChoiceField(SearchSubject.choices, help_text="what the filters list: who started hiring is asked of companies")
    url = serializers.CharField(help_text="the page that shows it")
    understood = ReadingSerializer(many=True, help_text="which words became which filter")
    unused = UnusedWordsSerializer(many=True, help_text="words that no filter can say; they do not act on the search")

"""What people read: two languages that never mix, and headers that nothing breaks out of."""

from __future__ import annotations

import re
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.messages.domain import (
    MAX_BODY_CHARS,
    MAX_SUBJECT_CHARS,
    BusinessFacts,
    TechnicalFacts,
    TemplateName,
    business_facts,
    business_message,
    clean_text,
    ending,
    one_line,
    promise,
    technical_message,
)
from services.notify.rules.domain import Template

TEMPLATES: tuple[TemplateName, ...] = get_args(TemplateName)
SINCE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BUSINESS = business_facts(
    number="INC0000042",
    description="Orders cannot be placed.",
    service_names=["Web shop", "Payments"],
    since=SINCE,
    resolution="Orders can be placed again.",
    successor_number=None,
)
TECHNICAL = TechnicalFacts(
    number="INC0000042",
    title="order-db primary failover",
    state="in progress",
    priority="1",
    service="shop-frontend",
    description="alertname=OrderErrors instance=shop-1",
    since="2026-03-02 09:00 UTC",
    resolution="Restarted order-db-2.",
    ending=ending(None),
    reason="A planned failover of order-db.",
    promise="response within 0:15:00 (SLA), missed at 2026-03-02 09:15:00 UTC",
)
HEADER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def test_every_template_that_a_rule_can_name_is_there_in_both_languages() -> None:
    assert set(TEMPLATES) | {"event_document"} == set(get_args(Template))
    for name in TEMPLATES:
        assert technical_message(name, TECHNICAL).subject
        assert business_message(name, BUSINESS).subject


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_business_message_has_no_word_of_the_technical_facts(name: TemplateName) -> None:
    message = business_message(name, BUSINESS)
    text = message.subject + message.body
    for secret in ("order-db", "shop-frontend", "alertname", "in progress", "failover"):
        assert secret not in text
    own = {"title", "service", "state", "reason", "promise"}
    assert own.isdisjoint(one.name for one in fields(BusinessFacts))


def test_a_customer_reads_services_since_when_and_our_number() -> None:
    message = business_message("incident_impact", BUSINESS)
    assert message.subject == "Disturbance of Web shop, Payments (INC0000042)"
    assert "Orders cannot be placed." in message.body
    assert "2026-03-02 09:00 UTC" in message.body


def test_a_missed_target_is_named_with_its_length_and_exact_instant() -> None:
    said = promise(
        "response", seconds=900, agreement="sla", missed_at=SINCE + timedelta(minutes=15)
    )
    assert said == TECHNICAL.promise
    long = promise("resolution", seconds=2 * 86_400 + 5, agreement="ola", missed_at=SINCE)
    assert long.startswith("resolution within 2 d, 0:00:05 (OLA)")
    message = technical_message("incident_overdue", TECHNICAL)
    assert message.subject == "[INC0000042] overdue: order-db primary failover"
    assert said in message.body


def test_what_is_disturbed_again_is_said_in_both_languages() -> None:
    to_team = technical_message("incident_reopened", TECHNICAL)
    assert to_team.subject == "[INC0000042] P1 reopened: order-db primary failover"
    assert to_team.body.startswith("It is disturbed again: INC0000042 is reopened.\n")
    assert "A planned failover of order-db." in to_team.body
    to_customer = business_message("incident_reopened", BUSINESS)
    assert to_customer.subject == "Disturbed again: Web shop, Payments (INC0000042)"
    assert to_customer.body.startswith("It is disturbed again: Web shop, Payments.\n")
    assert "Orders cannot be placed." in to_customer.body
    assert "Orders can be placed again." not in to_customer.body


@pytest.mark.parametrize(
    ("successor", "said"), [(None, "is withdrawn"), ("INC0000041", "goes on under INC0000041")]
)
def test_what_is_dropped_is_withdrawn_or_goes_on_elsewhere(
    successor: str | None, said: str
) -> None:
    to_team = technical_message("incident_withdrawn", replace(TECHNICAL, ending=ending(successor)))
    assert to_team.subject == f"[INC0000042] {said}: order-db primary failover"
    assert to_team.body.startswith(f"INC0000042 {said}.\n")
    facts = replace(BUSINESS, ending=ending(successor))
    to_customer = business_message("incident_withdrawn", facts)
    assert to_customer.subject == f"Our notice INC0000042 {said}: Web shop, Payments"
    assert f"of a disturbance of Web shop, Payments {said}.\n" in to_customer.body


def test_without_a_description_the_services_speak() -> None:
    facts = business_facts(
        number="INC1",
        description=" ",
        service_names=[],
        since=SINCE,
        resolution="",
        successor_number=None,
    )
    assert facts.description == "There is a disturbance of one of our services."
    assert facts.resolution == "Service is restored."


@pytest.mark.parametrize(
    "hostile", ["$priority", "${state}", "$$", "{{7*7}}", "{0}", "%s", "$nope"]
)
def test_a_text_is_never_looked_at_as_a_template(hostile: str) -> None:
    facts = TechnicalFacts(**{**asdict(TECHNICAL), "title": hostile, "description": hostile})
    message = technical_message("incident_assigned", facts)
    assert hostile in message.subject
    assert hostile in message.body


def test_a_title_cannot_add_a_header_or_a_line() -> None:
    title = "Down\r\nBcc: everyone@example.com\u2028X: y\u202edlrow"
    facts = TechnicalFacts(**{**asdict(TECHNICAL), "title": title})
    message = technical_message("incident_assigned", facts)
    assert message.subject == "[INC0000042] P1 Down Bcc: everyone@example.com X: y dlrow"
    assert "Title:    Down Bcc: everyone@example.com X: y dlrow\n" in message.body


@given(title=st.text(max_size=400), description=st.text(max_size=400))
def test_whatever_a_title_holds_the_subject_is_one_short_line(title: str, description: str) -> None:
    facts = TechnicalFacts(**{**asdict(TECHNICAL), "title": title, "description": description})
    message = technical_message("incident_assigned", facts)
    assert not HEADER.search(message.subject)
    assert len(message.subject) <= MAX_SUBJECT_CHARS
    assert "\x00" not in message.body
    assert "\r" not in message.body


def test_long_texts_are_cut_where_they_can_be_seen_to_be() -> None:
    facts = TechnicalFacts(**{**asdict(TECHNICAL), "description": "x" * 30_000})
    message = technical_message("incident_assigned", facts)
    assert len(message.body) == MAX_BODY_CHARS
    assert message.body.endswith("…")


def test_line_breaks_are_kept_in_texts_and_lost_in_lines() -> None:
    assert clean_text("a\r\nb\rc\nd\x07") == "a\nb\nc\nd"
    assert one_line("  a\r\n\tb  ") == "a b"

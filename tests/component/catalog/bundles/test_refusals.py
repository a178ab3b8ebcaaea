"""Bundles with faults: each found with its line, and nothing half-imported."""

from __future__ import annotations

import pytest

from tests.component.catalog.bundles.documents import (
    BUNDLES,
    HEAD,
    YAML,
    customer,
    export,
    faults,
    send,
)
from tests.component.catalog.desk import Desk, refusal


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("apiVersion: other/v1\n", (1, "/apiVersion")),
        ("- a list\n", (1, "")),
        (HEAD + "houses: []\n", (2, "/houses")),
        (HEAD + "teams: 1\n", (2, "/teams")),
        (HEAD + "teams:\n- a text\n", (3, "/teams/0")),
        (HEAD + "teams:\n- name: No key\n", (3, "/teams/0/key")),
        (HEAD + "teams:\n- key: a/b\n  name: A\n", (3, "/teams/0/key")),
        (HEAD + "teams:\n- key: a\n  name: A\n  colour: red\n", (5, "/teams/0/colour")),
        (HEAD + "teams:\n- key: a\n  name: ''\n", (4, "/teams/0/name")),
        (HEAD + "teams:\n- key: a\n  name: A\n  status: gone\n", (5, "/teams/0/status")),
        (HEAD + "teams:\n- {key: a, name: A}\n- {key: a, name: B}\n", (4, "/teams/1/key")),
        (HEAD + "teams: &all []\n", (2, "/teams")),
        (HEAD + "customers:\n" + customer("a", parent="nobody"), (3, "/customers/0/parent")),
        (
            HEAD + "customers:\n" + customer("a", parent="b") + customer("b", parent="a"),
            (3, "/customers/0"),
        ),
        (HEAD + "customers:\n" + customer("a", parent="a"), (3, "/customers/0")),
        (HEAD + "customers:\n" + customer("a", criticality="9"), (3, "/customers/0/criticality")),
        (
            HEAD + "customers:\n" + customer("a").replace("Europe/Berlin", "Mars/Base"),
            (3, "/customers/0/time_zone"),
        ),
        (
            HEAD + "customers:\n" + customer("a").replace("EUR", "XXX"),
            (3, "/customers/0/currency"),
        ),
        (
            HEAD + "suppliers:\n- {key: a, name: A, support_calendar: none}\n",
            (3, "/suppliers/0/support_calendar"),
        ),
        (
            HEAD + "suppliers:\n- key: a\n  name: A\n  support_calendar_id: x\n",
            (5, "/suppliers/0/support_calendar_id"),
        ),
        (
            HEAD + "dependencies:\n- {from: shop, to: service/shop}\n",
            (3, "/dependencies/0/from"),
        ),
        (
            HEAD + "dependencies:\n- {from: service/a, to: service/b, redundancy_group_id: x}\n",
            (3, "/dependencies/0/redundancy_group_id"),
        ),
    ],
)
async def test_a_fault_is_told_with_line_and_pointer(
    desk: Desk, text: str, expected: tuple[int, str]
) -> None:
    assert expected in await faults(desk, text)


async def test_all_faults_are_told_at_once_and_the_sound_rest_is_not_imported(desk: Desk) -> None:
    text = HEAD + (
        "teams:\n- {key: a, name: A}\n- {key: b}\n- {key: c, name: C, x: 1}\n"
        "contacts:\n- {key: d, name: D, team: missing, email: d@a.example}\n"
    )
    assert await faults(desk, text) == [(4, "/teams/1/name"), (5, "/teams/2/x")]
    text = HEAD + (
        "teams:\n- {key: a, name: A}\n"
        "contacts:\n- {key: d, name: D, team: missing, email: d@a.example}\n"
        "- {key: e, name: E, team: a}\n"
    )
    assert await faults(desk, text) == [(5, "/contacts/0/team")]


async def test_rules_of_the_areas_are_heard_before_anything_is_written(desk: Desk) -> None:
    await desk.team("Taken")
    text = HEAD + (
        "teams:\n- {key: a, name: Free}\n- {key: b, name: taken}\n- {key: c, name: FREE}\n"
        "contacts:\n- {key: d, name: D, team: b, email: d@a.example}\n"
        "- {key: e, name: E, team: a}\n"
    )
    assert await faults(desk, text) == [
        (4, "/teams/1/name"),
        (5, "/teams/2/name"),
        (8, "/contacts/1/email"),
    ]


async def test_self_dependencies_are_refused(desk: Desk) -> None:
    text = HEAD + (
        "teams:\n- {key: a, name: A}\nservices:\n- {key: s, name_business: S, name_technical: s,"
        " owner_team: a, criticality: 1}\ndependencies:\n- {from: service/s, to: service/s}\n"
    )
    assert await faults(desk, text) == [(7, "/dependencies/0/to")]


async def test_a_field_that_never_changes_is_refused_where_it_would(desk: Desk) -> None:
    text = HEAD + (
        "teams:\n- {key: a, name: A}\n- {key: b, name: B}\n"
        "contacts:\n- {key: c, name: C, team: a, email: c@a.example}\n"
    )
    assert (await send(desk, text)).status_code == 200
    assert await faults(desk, text.replace("team: a", "team: b")) == [(6, "/contacts/0/team")]


async def test_what_is_one_customer_s_never_becomes_another_s(desk: Desk) -> None:
    customers = HEAD + "customers:\n" + customer("a") + customer("b")
    text = customers + (
        "teams:\n- {key: t, name: T}\n"
        "contacts:\n- {key: c, name: C, customer: a, email: c@a.example}\n"
        "services:\n- {key: s, name_business: S, name_technical: s, owner_team: t,"
        " criticality: 1}\n"
        "service_uses:\n- {key: u, customer: a, service: s}\n"
    )
    answer = await send(desk, text)
    assert answer.status_code == 200, answer.text
    theirs = text.replace("customer: a", "customer: b")
    at = [(8, "/contacts/0/customer"), (12, "/service_uses/0/customer")]
    assert await faults(desk, theirs) == at
    [contact] = (await desk.keeper.get("/catalog/v1/contacts")).json()["items"]
    by_id = f"contacts:\n- {{key: {contact['id']}, name: C, customer: b, email: c@a.example}}\n"
    assert await faults(desk, customers + by_id) == [(6, "/contacts/0/customer")]
    assert (await send(desk, text)).json()["changes"] == []


async def test_only_the_provider_s_keepers_import_and_only_its_staff_exports(desk: Desk) -> None:
    customer = await desk.customer()
    user = desk.user_of(customer)
    body = (HEAD + "teams: []\n").encode()
    assert (await user.post(BUNDLES, content=body, headers=YAML)).status_code == 403
    assert (await user.get(BUNDLES)).status_code == 403
    bound = desk.bound_keeper(customer)
    assert refusal(await bound.post(BUNDLES, content=body, headers=YAML)) == (403, "provider-only")
    assert refusal(await bound.get(BUNDLES)) == (403, "provider-only")
    resolver = desk.stage.http("resolver")
    assert (await resolver.post(BUNDLES, content=body, headers=YAML)).status_code == 403
    assert (await resolver.get(BUNDLES)).status_code == 200


async def test_other_media_types_sizes_and_parameters_are_refused(desk: Desk) -> None:
    answer = await desk.keeper.post(BUNDLES, json={"apiVersion": "itsm/v1"})
    assert refusal(answer) == (415, "unsupported-media-type")
    large = b"#" * (10 * 1024 * 1024 + 1)
    assert refusal(await desk.keeper.post(BUNDLES, content=large, headers=YAML))[0] == 413
    assert refusal(await send(desk, HEAD, colour="red"))[0] == 400
    answer = await desk.keeper.get(BUNDLES, params={"kind": "houses"})
    assert refusal(answer) == (422, "bundle-refused")


async def test_a_dry_run_tells_what_would_change_and_changes_nothing(desk: Desk) -> None:
    text = HEAD + "teams:\n- {key: a, name: A}\n- {key: b, name: B}\n"
    answer = await send(desk, text, dry_run=True)
    assert answer.json()["counts"] == {"team": {"create": 2}}
    assert await desk.facts() == []
    assert (await send(desk, text)).json()["counts"] == {"team": {"create": 2}}
    changed = (
        HEAD
        + "teams:\n- {key: a, name: A, purpose: Runs it}\n- {key: b, name: B, status: retired}\n"
    )
    report = (await send(desk, changed, dry_run=True)).json()
    assert report["changes"] == [
        {
            "kind": "team",
            "key": "a",
            "action": "change",
            "fields": {"purpose": {"before": "", "after": "Runs it"}},
            "moves": [],
        },
        {"kind": "team", "key": "b", "action": "end", "fields": {}, "moves": ["retired"]},
    ]
    assert await desk.facts() == ["team.changed"] * 2
    assert (await send(desk, changed)).json() == {**report, "dry_run": False}
    assert "key: b" not in await export(desk, "teams")

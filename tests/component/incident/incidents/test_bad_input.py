"""What nobody should send: too much, what is no text, a name twice, markup."""

from __future__ import annotations

import httpx
import pytest

from shared.strict import MAX_BODY_BYTES
from tests.component.incident.desk import PATH, Desk

JSON = {"Content-Type": "application/json"}
MARKUP = "<script>alert('x')</script> & <b>fett</b>"


async def refused(desk: Desk, answer: httpx.Response) -> tuple[int, str]:
    """Return status and code of a refusal that left nothing behind."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert await desk.facts() == []
    code: str = answer.json()["code"]
    return answer.status_code, code


async def test_a_text_of_a_mebibyte_is_refused_whole(desk: Desk) -> None:
    body = {"title": "Orders fail", "description_technical": "x" * MAX_BODY_BYTES}
    answer = await desk.staff.post(PATH, json=body)
    assert await refused(desk, answer) == (413, "too-large")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("title", "Orders\x1bfail"),
        ("title", "Orders\nfail"),
        ("title", "Orders\u2028fail"),
        ("title", "   "),
        ("description_technical", "a\x07b"),
        ("description_business", "a\x00b"),
        ("description_technical", "x" * 20_001),
    ],
)
async def test_what_is_no_text_is_refused(desk: Desk, field: str, text: str) -> None:
    answer = await desk.staff.post(PATH, json={"title": "Orders fail", field: text})
    assert (await refused(desk, answer))[0] == 422


@pytest.mark.parametrize(
    "body",
    [
        '{"title": "Orders fail", "title": "Mail fails"}',
        '{"title":"Orders fail","service_id":null,"title" :"Mail fails"}',
        '{"title": "Orders fail", "ti\\u0074le": "Mail fails"}',
        '{"title": "\\":", "impact": 1, "impact": 3}',
    ],
)
async def test_a_name_twice_in_one_object_is_refused(desk: Desk, body: str) -> None:
    answer = await desk.staff.post(PATH, content=body, headers=JSON)
    assert (await refused(desk, answer)) == (422, "invalid-fields")
    assert answer.json()["errors"][0]["detail"] == "given more than once"


async def test_what_looks_like_names_inside_of_a_text_is_text(desk: Desk) -> None:
    title = '"title": "title": {"a":1,"a":1}'
    assert (await desk.declare(title=title))["title"] == title


async def test_markup_is_text_and_comes_back_as_it_was(desk: Desk) -> None:
    incident = await desk.declare(title=MARKUP, description_technical=MARKUP)
    answer = await desk.staff.get(f"{PATH}/{incident['id']}")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    shown = answer.json()
    assert (shown["title"], shown["description_technical"]) == (MARKUP, MARKUP)

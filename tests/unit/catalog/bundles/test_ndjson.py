"""Documents as lines: streamed, found again by kind, refused by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.catalog.bundles.domain.faults import BundleRefusedError
from services.catalog.bundles.formats.ndjson import Lines


def test_documents_are_found_again_by_their_kind(tmp_path: Path) -> None:
    file = tmp_path / "bundle.ndjson"
    file.write_bytes(
        b'{"document": "service", "key": "a"}\n\n{"document": "team", "key": "b"}\n'
        b'{"document": "service", "key": "c"}\n'
    )
    lines = Lines(file)
    assert [(one.line, one.kind) for one in lines.documents()] == [
        (1, "service"),
        (3, "team"),
        (4, "service"),
    ]
    assert [(one.line, one.value) for one in lines.of_kind("service")] == [
        (1, {"key": "a"}),
        (4, {"key": "c"}),
    ]
    assert (lines.count("service"), lines.count("team"), lines.count("contact")) == (2, 1, 0)


@pytest.mark.parametrize(
    ("line", "pointer", "part"),
    [
        (b"{", "", "not JSON"),
        (b"[]", "", "object"),
        (b'{"key": "a"}', "/document", "one of"),
        (b'{"document": "house"}', "/document", "one of"),
        (b'{"document": "team", "name": "\\u0000"}', "", "NUL"),
        (b'{"document": "team", "name": ' + b"[" * 40 + b"]" * 40 + b"}", "", "deep"),
        (b'{"document": "team", "name": NaN}', "", "not JSON"),
    ],
)
def test_a_line_that_is_no_document_is_refused(
    tmp_path: Path, line: bytes, pointer: str, part: str
) -> None:
    file = tmp_path / "bundle.ndjson"
    file.write_bytes(b'{"document": "team", "key": "b"}\n' + line + b"\n")
    with pytest.raises(BundleRefusedError) as caught:
        list(Lines(file).documents())
    [fault] = caught.value.faults
    assert (fault.line, fault.pointer) == (2, pointer)
    assert part in fault.detail


def test_a_line_without_end_is_not_read_to_it(tmp_path: Path) -> None:
    file = tmp_path / "bundle.ndjson"
    file.write_bytes(b'{"document": "team", "name": "' + b"x" * (1024 * 1024) + b'"}')
    with pytest.raises(BundleRefusedError, match="1048576 bytes"):
        list(Lines(file).documents())


def test_a_hundred_faults_are_enough(tmp_path: Path) -> None:
    file = tmp_path / "bundle.ndjson"
    file.write_bytes(b"{\n" * 500)
    with pytest.raises(BundleRefusedError, match="At least 100 faults") as caught:
        list(Lines(file).documents())
    assert len(caught.value.faults) == 100

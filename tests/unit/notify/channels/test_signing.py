"""Signatures as receivers of Standard Webhooks check them."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.channels.webhook.signing import (
    SecretUnreadableError,
    secret_text,
    signature_headers,
)

# The example that the specification's own libraries are tested with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_specifications_example_gets_its_signature() -> None:
    headers = signature_headers(
        message_id=MESSAGE_ID, timestamp=TIMESTAMP, body=BODY, secrets=[SECRET]
    )
    assert headers == {
        "webhook-id": MESSAGE_ID,
        "webhook-timestamp": str(TIMESTAMP),
        "webhook-signature": SIGNATURE,
    }


def test_during_a_rotation_each_secret_signs_newest_first() -> None:
    newer = secret_text(b"k" * 32)
    headers = signature_headers(
        message_id=MESSAGE_ID, timestamp=TIMESTAMP, body=BODY, secrets=[newer, SECRET]
    )
    first, second = headers["webhook-signature"].split(" ")
    assert first != SIGNATURE
    assert first.startswith("v1,")
    assert second == SIGNATURE


@given(key=st.binary(min_size=24, max_size=64), body=st.binary(max_size=300))
def test_a_receiver_with_the_key_computes_the_same(key: bytes, body: bytes) -> None:
    headers = signature_headers(message_id="m", timestamp=7, body=body, secrets=[secret_text(key)])
    expected = hmac.new(key, b"m.7." + body, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"


def test_text_that_is_no_secret_is_refused() -> None:
    with pytest.raises(SecretUnreadableError):
        signature_headers(message_id="m", timestamp=7, body=b"", secrets=["whsec_not base64!"])

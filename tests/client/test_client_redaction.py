from __future__ import annotations

import json
from base64 import b64encode
from html import escape
from urllib.parse import quote

from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.client.redaction import HIDDEN, Secrets

secret_texts = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4, max_size=40)


@given(secret=secret_texts, before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_secret_is_hidden_in_every_spelling(secret: str, before: str, after: str) -> None:
    assume(secret not in HIDDEN)
    secrets = Secrets([secret])
    encoded = b64encode(secret.encode()).decode()
    for spelling in (secret, quote(secret, safe=""), encoded, json.dumps(secret)[1:-1], escape(secret)):
        hidden = secrets.scrub(before + spelling + after)
        assert secret not in hidden or secret in before + HIDDEN + after
        assert spelling.encode() not in secrets.scrub_bytes((before + " " + spelling + " " + after).encode()) or (
            spelling in before + " " + HIDDEN + " " + after
        )


def test_the_longer_of_two_secrets_is_hidden_whole() -> None:
    assert Secrets(["abcd", "abcdefgh"]).scrub("x abcdefgh y abcd") == "x *** y ***"


def test_a_repr_shows_no_secret() -> None:
    assert "abcd" not in repr(Secrets(["abcdefgh"]))


def test_short_values_are_left_alone() -> None:
    assert Secrets(["1", "yes"]).scrub("yes 1") == "yes 1"

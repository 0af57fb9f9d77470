"""Public keys as text."""

from __future__ import annotations

import pytest

from edge.errors import ConfigError
from edge.watchlist.keys import key_id, key_text, public_keys
from tests.fakes.watchlists import KEY, OTHER_KEY


def test_a_key_survives_being_written_into_the_settings() -> None:
    texts = [key_text(KEY.public_key()), f"  {key_text(OTHER_KEY.public_key())}\n"]
    read = public_keys(texts)
    assert [key_id(k) for k in read] == [key_id(KEY.public_key()), key_id(OTHER_KEY.public_key())]


@pytest.mark.parametrize("text", ["", "abc", "ü", "A" * 43, "QUJD", "A" * 4000])
def test_a_text_that_is_no_key_is_refused_with_its_number(text: str) -> None:
    with pytest.raises(ConfigError, match="Key 2"):
        public_keys([key_text(KEY.public_key()), text])

"""Which passwords may be chosen, and what is kept of them."""

import pytest

from app.errors import AppError
from app.services.accounts import passwords

BAD = ("", "short", "123456789", "1234567890", "password1234", "Qwertyuiop", "aaaaaaaaaaaa")
BAD += ("annaanna12", "x" * 201, "photography1", "Anna Lindt!", "0987654321", "PASSWORDPASSWORD")
GOOD = ("correct horse", "ДлинныйПароль", "only-letters", "river lamp onion", "7777 abcdefgh")


@pytest.mark.parametrize("password", BAD)
def test_what_is_tried_first_is_refused(password: str) -> None:
    name = "Anna Lindt" if "Lindt" in password else "Anna"
    with pytest.raises(AppError, match="password"):
        passwords.check(password, name)


@pytest.mark.parametrize("password", GOOD)
def test_no_rule_asks_for_digits_or_signs(password: str) -> None:
    passwords.check(password, "Anna")


def test_a_hash_tells_nothing_and_knows_its_password() -> None:
    known = passwords.hashed("correct horse é")
    assert known.startswith("$argon2id$")
    assert known != passwords.hashed("correct horse é"), "no salt"
    assert passwords.matches(known, "correct horse e\N{COMBINING ACUTE ACCENT}")
    assert not passwords.matches(known, "correct horse e")
    assert not passwords.matches(known, "x" * 10_000)
    assert not passwords.matches(None, "no account has this password")
    assert not passwords.is_outdated(known)

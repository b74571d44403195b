"""bcrypt, with the test vectors of crypt_blowfish."""

import pytest
from corefile_runtime.http.passwords import check_password

HASH = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
LONG = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"
LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.mark.parametrize(
    ("hashed", "password", "right"),
    [
        (HASH, "U*U", True),
        (HASH, "U*V", False),
        (HASH, "U*U\0", False),
        (HASH, "", False),
        (HASH.replace("$2a$", "$2y$"), "U*U", True),
        (HASH.replace("$2a$", "$2$"), "U*U", True),
        (HASH + "x", "U*U", False),
        (LONG, LETTERS + "0123456789", True),
        (LONG, LETTERS + "0123456789" + "chars after 72 are ignored", True),
        (HASH.replace("E5Y", "E!Y"), "U*U", False),
        (HASH.replace("CCC.", "C!C."), "U*U", False),
        ("$2a$05$\xff" + HASH[8:], "U*U", False),
    ],
)
def test_passwords(hashed: str, password: str, right: bool) -> None:
    assert check_password(hashed, password) is right

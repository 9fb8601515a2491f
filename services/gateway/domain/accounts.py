"""Twilio accounts: which one a number of ours belongs to, what it signs with, and how it is called. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError

LEAST_CHARS = 16
"""A shorter auth token is refused in production."""
ACCOUNT_SID = "AC[0-9a-f]{32}"
_PUBLISHED = frozenset({
    "12345", "dev-token", "twilio_auth_token", "your_auth_token", "your_auth_token_here", "your_twilio_auth_token",
    "your-auth-token", "yourauthtoken", "my_auth_token", "auth_token", "authtoken", "changeme", "change-me",
    "changeme-changeme", "change_me_change_me", "0123456789abcdef0123456789abcdef", "replace-this-token",
})  # fmt: skip
"""Tokens that stand in documents and examples, in lower case."""
_FEWEST_LETTERS = 6
"""A token of fewer different characters is a placeholder, such as xxxxxxxxxxxxxxxx."""


@dataclass(frozen=True)
class Account:
    """A Twilio account or subaccount."""

    sid: str
    """AC and 32 hex digits; empty when it is not known, and then not asked for."""
    tokens: tuple[str, ...] = field(repr=False)
    """The auth tokens that a webhook may be signed with; the first one is current, and calls Twilio."""
    api_key: str = ""
    """The key that calls Twilio instead of the token."""
    api_secret: str = field(default="", repr=False)


class Accounts:
    """Knows the accounts by their numbers."""

    def __init__(self, default: Account, of_numbers: Mapping[str, Account]) -> None:
        """`default` has every number that `of_numbers` does not name; E.164."""
        self._default, self._of_numbers = default, dict(of_numbers)

    def of(self, number: str) -> Account:
        """The account of one of our numbers, E.164: never chosen by what a request says of accounts."""
        return self._of_numbers.get(number, self._default)


def is_weak(token: str) -> bool:
    """Whether production must refuse an auth token: short, published or a placeholder."""
    bare = token.strip().lower()
    return len(bare) < LEAST_CHARS or bare.strip("<>[]{}$ ") in _PUBLISHED or len(set(bare)) < _FEWEST_LETTERS


class _Row(BaseModel):
    """One account of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account_sid: Annotated[str, StringConstraints(pattern=f"^{ACCOUNT_SID}$")]
    auth_tokens: Annotated[list[Annotated[SecretStr, Field(min_length=1)]], Field(min_length=1, max_length=2)]
    numbers: Annotated[list[Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]], Field(min_length=1)]
    api_key: str = ""
    api_secret: SecretStr = SecretStr("")

    def account(self) -> Account:
        """As the gateway uses it."""
        tokens = tuple(token.get_secret_value() for token in self.auth_tokens)
        return Account(self.account_sid, tokens, self.api_key, self.api_secret.get_secret_value())


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    accounts: list[_Row]


def read_accounts(text: str) -> dict[str, Account]:
    """Accounts by number from YAML or JSON, see docs/operate.md. Raises ValueError that names places and no values."""
    try:
        rows = _File.model_validate(yaml.load(text, yaml.CSafeLoader)).accounts
    except yaml.YAMLError:
        raise ValueError("expected YAML or JSON") from None
    except ValidationError as error:
        raise ValueError("; ".join(_told(detail["loc"], detail["msg"]) for detail in error.errors())) from None
    if any(bool(row.api_key) != bool(row.api_secret.get_secret_value()) for row in rows):
        raise ValueError("api_key: expected together with api_secret")
    numbers = [number for row in rows for number in row.numbers]
    if len(set(numbers)) < len(numbers):
        raise ValueError("numbers: expected each number once")
    return {number: row.account() for row in rows for number in row.numbers}


def _told(place: Sequence[str | int], message: str) -> str:
    return f"{'.'.join(str(each) for each in place) or 'accounts'}: {message}"

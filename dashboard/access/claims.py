"""From what an OpenID Connect provider says of a person to the name of an account. Whose account it is never depends on a guess."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from dashboard.access.ports import validate_name
from dashboard.errors import WrongUseError

Claim = Literal["email", "sub"]

NOT_SENT = "The provider did not say who you are: it sent no “{}”. Tell whoever runs this server."
NOT_VERIFIED = "The provider has not verified your e-mail address, so it opens no account here. Verify it there, then sign in again."
NO_NAME = "What the provider calls you cannot be the name of an account here. Tell whoever runs this server."


def read_account_name(claims: Mapping[str, object], claim: Claim) -> str:
    """The account's name that `claims` stand for; WrongUseError, in a sentence for the reader, when they stand for none.

    An `email` counts only with `email_verified` true (not the text “true”), in lower case. A `sub` tells capitals from small letters
    and names of accounts do not: each capital letter becomes the small one with `+` behind it, so that no two subjects share a name.
    """
    text = claims.get(claim)
    if not isinstance(text, str) or not text:
        raise WrongUseError(NOT_SENT.format(claim))
    if claim == "email" and claims.get("email_verified") is not True:
        raise WrongUseError(NOT_VERIFIED)
    # Beyond ASCII, letters that are different people elsewhere (ſ and s) would become one name in lower case.
    if not text.isascii() or text != text.strip() or (claim == "sub" and "+" in text):
        raise WrongUseError(NO_NAME)
    try:
        return validate_name(text if claim == "email" else re.sub("[A-Z]", lambda capital: f"{capital[0].lower()}+", text))
    except WrongUseError as error:
        raise WrongUseError(NO_NAME) from error

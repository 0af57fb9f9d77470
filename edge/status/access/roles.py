"""The two accounts of a box, and what a page asks of its visitor."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """An account: each box has one of each."""

    OPERATOR = "operator"
    INSTALLER = "installer"


class Access(StrEnum):
    """Whom a page or a form is for."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"
    OPERATOR = "operator"
    INSTALLER = "installer"

    def allows(self, role: Role | None) -> bool:
        """Whether somebody of this role, or nobody known (None), may pass."""
        if self is Access.PUBLIC:
            return True
        return role is not None and (self is Access.SIGNED_IN or self.value == role.value)

"""Moving a register to another pack: who still needs new photos, and taking them in.

Templates of two packs cannot be compared, so everyone gives photos once more; their consent
stays as it is. In: outcomes of an entry's new photos with the new pack, and, where the old pack
is still at hand, with the old one. Out: templates that wait until the move is finished, so that
boxes go on with the old ones meanwhile. Always: photos that are not of the entry's person are
refused, as far as that can be known; every step leaves an audit line; a move that leaves people
behind must be asked for by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge.errors import ConsentError, PhotoError, RegisterError
from edge.register.database import Enrolment, Register
from edge.register.enrol import Limits, usable_rows
from edge.register.photos import Outcome
from edge.register.staged import StagedTemplates
from edge.values import Floats
from edge.watchlist.quantise import quantise, restore

_PACK = "pack"  # the register's setting, see enrol.py


@dataclass(frozen=True, slots=True)
class Move:
    """Where a move to another pack stands.

    Attributes:
        pack: the pack in use; None when nobody was ever enrolled.
        target: the pack that is moved to.
        missing: live enrolments that need photos for it, in the order of enrolment.
        done: enrolments that have templates for it.
        expired: enrolments whose consent does not hold now: they need none.
    """

    pack: str | None
    target: str
    missing: tuple[Enrolment, ...]
    done: tuple[Enrolment, ...]
    expired: tuple[Enrolment, ...]


def look(register: Register, target: str) -> Move:
    """Who needs photos for a pack.

    Raises:
        RegisterError: a move to yet another pack has begun.
    """
    _check_target(register, target)
    staged, now = _staged(register).templates(), register.clock.utc()
    found = register.enrolments()
    done = tuple(x for x in found if x.pack == target or x.entry_id in staged)
    rest = [x for x in found if x not in done]
    return Move(
        pack=register.setting(_PACK),
        target=target,
        missing=tuple(x for x in rest if x.consent.live(now)),
        done=done,
        expired=tuple(x for x in rest if not x.consent.live(now)),
    )


def give_photos(
    register: Register,
    entry_id: str,
    target: str,
    outcomes: Sequence[Outcome],
    with_old_pack: Sequence[Outcome] | None,
    limits: Limits,
    *,
    new_person: bool = False,
) -> Enrolment:
    """Take in an entry's photos for another pack.

    Args:
        register: where.
        entry_id: whose.
        target: ``id@version`` of the pack that made the templates of ``outcomes``.
        outcomes: what became of the photos.
        with_old_pack: what became of them with the pack in use; None when it is not at hand.
        limits: when faces are taken for the same person's.
        new_person: the operator has looked: the person is not the other who looks alike.

    Returns:
        The enrolment as it still is.

    Raises:
        PhotoError: no photo is usable, they show different people, or somebody else.
        ConsentError: the entry's consent does not hold now.
        RegisterError: there is no such entry, or the pack does not fit.
    """
    rows = usable_rows(outcomes, limits)
    with register.change():
        one = _entry(register, entry_id, target)
        if not one.consent.live(register.clock.utc()):
            raise ConsentError(
                f"The consent of entry {entry_id} does not hold now.",
                "Revoke it, and enrol the person anew with a new consent.",
            )
        if with_old_pack is not None:
            _check_same_person(one, with_old_pack, limits)
        if not new_person:
            _check_nobody_else(register, one, rows, limits)
        register.record(
            "re-enrol",
            {
                "entry": one.entry_id,
                "person": one.person_id,
                "pack": target,
                "photos": len(rows),
                "compared": int(with_old_pack is not None),
            },
        )
        _staged(register).replace(one.entry_id, target, quantise(rows))
    return one


def finish(register: Register, target: str, *, leave_missing: bool = False) -> Move:
    """Use the new templates from now on, and erase the old ones.

    Args:
        register: where.
        target: ``id@version`` of the new pack.
        leave_missing: go on although live entries have no photos: they stay in the register
            and are not published.

    Returns:
        Where the move stood.

    Raises:
        RegisterError: nobody has new templates, someone is missing, or the old bytes could
            not all be erased yet (the message says what to do).
    """
    with register.change():
        move = look(register, target)
        if _staged(register).pack != target:
            raise RegisterError(
                f"Nobody has photos for pack {target} yet.",
                "Give them with `watchpost register re-enrol ENTRY --photo …`.",
            )
        if move.missing and not leave_missing:
            raise RegisterError(
                f"{len(move.missing)} of {len(move.missing) + len(move.done)} entries have no "
                f"photos for pack {target} yet.",
                "`watchpost register re-enrol` lists them; --leave-missing goes on without them.",
            )
        register.record(
            "re-enrol-finish",
            {"pack": target, "entries": len(move.done), "missing": len(move.missing)},
        )
        _staged(register).finish()
        register.set_setting(_PACK, target)
        register.delete(())  # the old templates' bytes are to disappear
    register.finish_erasure()
    return move


def abandon(register: Register) -> str:
    """Give a move up and erase what was staged; returns the pack that was moved to.

    Raises:
        RegisterError: there is no move, or the bytes could not all be erased yet.
    """
    with register.change():
        target = _staged(register).pack
        if target is None:
            raise RegisterError("No change of pack has begun.", "There is nothing to give up.")
        register.record("re-enrol-abandon", {"pack": target})
        _staged(register).abandon()
        register.delete(())
    register.finish_erasure()
    return target


def _staged(register: Register) -> StagedTemplates:
    return StagedTemplates(register.run)


def _entry(register: Register, entry_id: str, target: str) -> Enrolment:
    _check_target(register, target)
    found = [x for x in register.enrolments() if x.entry_id == entry_id]
    if not found:
        raise RegisterError(
            f"There is no entry {entry_id}.", "`watchpost register re-enrol` lists the entries."
        )
    if found[0].pack == target:
        raise RegisterError(
            f"Entry {entry_id} has templates of pack {target} already.",
            "Name another pack in the settings, or revoke the entry and add it again.",
        )
    return found[0]


def _check_target(register: Register, target: str) -> None:
    begun = _staged(register).pack
    if begun not in (None, target):
        raise RegisterError(
            f"A change to pack {begun} has begun; the settings name pack {target}.",
            f"Set pack.name to {begun}, or give that change up with "
            "`watchpost register re-enrol --abandon`.",
        )


def _check_same_person(one: Enrolment, outcomes: Sequence[Outcome], limits: Limits) -> None:
    """Refuse photos that the old pack takes for somebody else's than its own templates."""
    held = restore(one.templates).mean(axis=0)
    held /= np.linalg.norm(held)
    seen = [float(x.template @ held) for x in outcomes if x.template is not None]
    if not seen or min(seen) < limits.one_person:
        alike = f"{min(seen):.3f}" if seen else "not usable"
        raise PhotoError(
            f"To pack {one.pack} the photos do not show the person of entry {one.entry_id}: "
            f"{alike}, at least {limits.one_person:.3f} is needed.",
            "Leave out the photos that show someone else or are unclear.",
        )


def _check_nobody_else(register: Register, one: Enrolment, rows: Floats, limits: Limits) -> None:
    mean = rows.mean(axis=0)
    mean /= np.linalg.norm(mean)
    others = {x.entry_id: x for x in register.enrolments() if x.person_id != one.person_id}
    for entry_id, templates in _staged(register).templates().items():
        if entry_id not in others:
            continue
        centre = restore(templates).mean(axis=0)
        alike = float(centre @ mean / np.linalg.norm(centre))
        if alike >= limits.enrolled:
            raise PhotoError(
                f"The photos show the person of entry {entry_id}, not of {one.entry_id}: they "
                f"are {alike:.3f} alike (limit {limits.enrolled:.3f}).",
                "Check whose photos they are; --new-person says they are two people all the same.",
            )

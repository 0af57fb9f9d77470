"""Fixed texts of the page and of the public notice."""

from __future__ import annotations

PRIVACY = "This box recognises only people who asked to be recognised. Strangers are not stored."

NOTICE_TITLE = "About this camera"
NOTICE: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "What it does",
        (
            "This camera looks for the faces of people who asked to be recognised here. "
            "When it recognises one of them, it tells the people who run this place.",
            "It keeps no video. Everything is worked out inside the box.",
        ),
    ),
    (
        "Whom it recognises",
        (
            "Only people who have agreed to it for this place and for a stated "
            "purpose: for example visitors who asked to be kept out of gambling halls, "
            "residents who may lose their way, or staff and guests who chose it.",
            "It does not judge age, sex, origin or mood, and it cannot look for anyone "
            "who has not agreed.",
        ),
    ),
    (
        "If you have not agreed",
        (
            "You are a stranger to this box. Your face is forgotten within moments: it is not "
            "stored, not sent and not written to any record.",
        ),
    ),
    (
        "If you have agreed",
        (
            "You can ask at any time what is held about you, and you can withdraw. "
            "Your enrolment is then erased from this box.",
        ),
    ),
    (
        "How to ask",
        ("Speak to the people who run this place and name the box and the site shown below.",),
    ),
)

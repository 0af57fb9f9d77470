"""The public notice in words, by language.

Values in braces come from the settings and the list in force. A language is added by adding one
more entry; a test holds that all have the same parts.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """One language's words.

    Attributes:
        name: of the language, in itself.
        title, lead: at the top.
        sections: (heading, paragraphs); ``{purposes}``, ``{retention}``, ``{operator}`` and
            ``{contact}`` stand for what is known, a paragraph with an unknown one is left out.
        purpose: what it is for, where the settings do not say.
        retention: how long hits stay, where the settings do not say.
        ask_here: whom to ask where no contact is set.
        sign: a few short sentences for the printed sign.
        site, box, camera, responsible, asking, scan, print: labels.
    """

    name: str
    title: str
    lead: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    purpose: str
    retention: str
    ask_here: str
    sign: tuple[str, ...]
    site: str
    box: str
    camera: str
    responsible: str
    asking: str
    scan: str
    printed: str


WORDS = {
    "en": NoticeWords(
        name="English",
        title="About this camera",
        lead="This camera recognises only people who asked to be recognised. "
        "Everybody else is forgotten at once.",
        sections=(
            (
                "What it does",
                (
                    "This camera looks for the faces of people who asked to be recognised here. "
                    "When it recognises one of them, it tells {operator}.",
                    "It keeps no video. Everything is worked out inside the box.",
                ),
            ),
            ("What it is for", ("{purposes}",)),
            (
                "Whom it recognises",
                (
                    "Only people who have agreed to it in writing, for this place and this "
                    "purpose, and who have not withdrawn.",
                    "It does not judge age, sex, origin or mood, and it cannot look for anyone "
                    "who has not agreed.",
                ),
            ),
            (
                "If you have not agreed",
                (
                    "You are a stranger to this box. Your face is forgotten within moments: it "
                    "is not stored, not sent and not written to any record.",
                ),
            ),
            (
                "If you have agreed",
                (
                    "{retention}",
                    "You can ask at any time what is held about you, and you can withdraw. Your "
                    "enrolment is then erased from this box within moments.",
                ),
            ),
            ("Who answers, and how to ask", ("{contact}",)),
        ),
        purpose="It serves the purposes that people agreed to: ask for them below.",
        retention="When you are recognised, the time, the place and your entry are reported. "
        "This box keeps that report for {days} days after it has arrived.",
        ask_here="Speak to the people who run this place, and name the box and the site below.",
        sign=(
            "This camera recognises only people who asked to be recognised.",
            "All other faces are forgotten within moments: not stored, not sent.",
            "No video is kept.",
        ),
        site="Site",
        box="Box",
        camera="Camera",
        responsible="Responsible",
        asking="Questions, access, withdrawal",
        scan="Scan to read more",
        printed="Print this sign",
    ),
    "de": NoticeWords(
        name="Deutsch",
        title="Über diese Kamera",
        lead="Diese Kamera erkennt nur Menschen, die darum gebeten haben. "
        "Alle anderen vergisst sie sofort.",
        sections=(
            (
                "Was sie tut",
                (
                    "Diese Kamera sucht nach den Gesichtern von Menschen, die hier erkannt "
                    "werden wollen. Erkennt sie einen von ihnen, so meldet sie das an "
                    "{operator}.",
                    "Sie zeichnet kein Video auf. Alles wird im Gerät selbst berechnet.",
                ),
            ),
            ("Wozu", ("{purposes}",)),
            (
                "Wen sie erkennt",
                (
                    "Nur Menschen, die schriftlich eingewilligt haben, für diesen Ort und diesen "
                    "Zweck, und die ihre Einwilligung nicht widerrufen haben.",
                    "Sie beurteilt weder Alter noch Geschlecht, Herkunft oder Stimmung, und sie "
                    "kann niemanden suchen, der nicht eingewilligt hat.",
                ),
            ),
            (
                "Wenn Sie nicht eingewilligt haben",
                (
                    "Für dieses Gerät sind Sie fremd. Ihr Gesicht wird nach wenigen "
                    "Augenblicken vergessen: Es wird nicht gespeichert, nicht gesendet und "
                    "nirgends vermerkt.",
                ),
            ),
            (
                "Wenn Sie eingewilligt haben",
                (
                    "{retention}",
                    "Sie können jederzeit erfahren, was über Sie gespeichert ist, und Sie können "
                    "widerrufen. Ihre Daten werden dann binnen Augenblicken aus diesem Gerät "
                    "gelöscht.",
                ),
            ),
            ("Wer verantwortlich ist und wie Sie fragen", ("{contact}",)),
        ),
        purpose="Sie dient den Zwecken, in die eingewilligt wurde: Fragen Sie unten danach.",
        retention="Werden Sie erkannt, so werden Zeit, Ort und Ihr Eintrag gemeldet. Dieses "
        "Gerät behält die Meldung {days} Tage, nachdem sie angekommen ist.",
        ask_here="Wenden Sie sich an die Betreiber dieses Ortes und nennen Sie Gerät und "
        "Standort, die unten stehen.",
        sign=(
            "Diese Kamera erkennt nur Menschen, die darum gebeten haben.",
            "Alle anderen Gesichter werden nach Augenblicken vergessen: "
            "nicht gespeichert, nicht gesendet.",
            "Es wird kein Video aufgezeichnet.",
        ),
        site="Standort",
        box="Gerät",
        camera="Kamera",
        responsible="Verantwortlich",
        asking="Fragen, Auskunft, Widerruf",
        scan="Mehr dazu: Code scannen",
        printed="Dieses Schild drucken",
    ),
}

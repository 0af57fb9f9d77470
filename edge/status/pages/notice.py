"""The public notice, no sign-in: what this camera does, and the sign to print.

The language is the one asked for, else the browser's, else the settings'. Words that the
settings give stand before those of ``notice_texts.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from edge.runtime.setting_tables import NoticeSettings
from edge.status.access.roles import Access
from edge.status.context import Entry, PageContext
from edge.status.notice_texts import WORDS, NoticeWords
from edge.status.run_files import read_list

ENTRIES = (Entry("Notice", "/notice", Access.PUBLIC),)
_SOMEBODY = {"en": "the people who run this place", "de": "die Betreiber dieses Ortes"}
_MAX_ACCEPTED = 1024


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice in one language, filled in.

    Attributes:
        language: "en" or "de".
        words: see there.
        operator: who answers, "" when the settings do not say.
        contact: how to ask.
        purposes: what it is for, one a line.
        sections: (heading, paragraphs).
        address: where the notice is.
    """

    language: str
    words: NoticeWords
    operator: str
    contact: str
    purposes: tuple[str, ...]
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    address: str


def routes(context: PageContext) -> list[BaseRoute]:
    """See :class:`edge.status.pages.PageModule`."""

    def show(request: Request) -> Response:
        return _answer(context, request, "notice.html")

    def sign(request: Request) -> Response:
        return _answer(context, request, "sign.html")

    return [
        context.page("/notice", Access.PUBLIC, show),
        context.page("/notice/sign", Access.PUBLIC, sign),
    ]


def language_of(asked: str, accepted: str, fallback: str) -> str:
    """The language to answer in.

    Args:
        asked: what the address asks for, or "".
        accepted: the Accept-Language header (RFC 9110, section 12.5.4), or "".
        fallback: when neither is one of ours.
    """
    if asked in WORDS:
        return asked
    weighed: list[tuple[float, str]] = []
    for part in accepted[:_MAX_ACCEPTED].split(","):
        name, _, rest = part.strip().partition(";")
        language = name.strip().lower().partition("-")[0]
        if language in WORDS:
            weighed.append((_weight(rest), language))
    best = max(weighed, key=lambda one: one[0], default=(0.0, ""))
    return best[1] if best[0] > 0 else fallback


def make_notice(context: PageContext, language: str, address: str) -> Notice:
    """Fill the notice in."""
    wanted, said = context.settings.notice, WORDS[language]
    contact = wanted.contact or said.ask_here
    purposes = _purposes(context, wanted, language)
    values = {
        "operator": wanted.operator or _SOMEBODY[language],
        "contact": contact,
        "purposes": "\n".join(purposes),
        "retention": wanted.text("retention", language)
        or said.retention.format(
            days=f"{context.settings.spool.keep_sent.total_seconds() / 86400:g}"
        ),
    }
    sections = tuple(
        (heading, tuple(line for text in texts for line in text.format(**values).split("\n")))
        for heading, texts in said.sections
    )
    return Notice(language, said, wanted.operator, contact, purposes, sections, address)


def qr_code(address: str) -> Markup:
    """The address as an inline SVG."""
    code = segno.make(address, error="m", micro=False)
    drawn = code.svg_inline(svgclass="qr", lineclass=None, omitsize=True, border=2)
    return Markup(drawn)  # noqa: S704 - made of the code's squares alone


def _answer(context: PageContext, request: Request, template: str) -> Response:
    wanted = context.settings.notice
    language = language_of(
        request.query_params.get("lang", ""),
        request.headers.get("accept-language", ""),
        wanted.language,
    )
    address = wanted.address or f"{request.url.scheme}://{request.url.netloc}/notice"
    answer = context.render(
        template,
        request,
        notice=make_notice(context, language, address),
        languages=[(name, one.name) for name, one in WORDS.items()],
        camera=context.observer.look().recognise.fact("camera") or "",
        qr=qr_code(address),
    )
    answer.headers["content-language"] = language
    answer.headers["vary"] = "accept-language, cookie"
    return answer


def _purposes(context: PageContext, wanted: NoticeSettings, language: str) -> tuple[str, ...]:
    if text := wanted.text("purpose", language):
        return tuple(text.splitlines())
    found = read_list(context.settings.box.run_dir)
    stated = tuple(dict.fromkeys(one.purpose for one in found.lists)) if found else ()
    return stated or (WORDS[language].purpose,)


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0

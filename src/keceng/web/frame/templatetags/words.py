"""Words and numbers of a page: both languages stand side by side where they are used, so none is forgotten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django import template
from django.template.base import FilterExpression, Parser, Token, render_value_in_context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from keceng.desk.directory.tiers import Tier
from keceng.vocabulary import Language, Text, money_text

register = template.Library()
_DASH = "–"


def page_language() -> Language:
    """The language of the request: `zh` or `en`."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def say(chinese: str, english: str, **filled: object) -> str:
    """`{% say "共 {n} 家" "{n} customers" n=entries %}`: the sentence in the language of the page, escaped."""
    spoken = chinese if page_language() == "zh" else english
    return spoken.format(**filled) if filled else spoken


class Said(template.Node):
    """A sentence of a template. A page of a list holds hundreds, so what is constant is worked out once."""

    def __init__(
        self, chinese: FilterExpression, english: FilterExpression, filled: Mapping[str, FilterExpression]
    ) -> None:
        """Both languages and what is filled in; text in a template is safe as it stands, what is filled in is not."""
        nothing = template.Context()
        self.spoken = {"zh": chinese.resolve(nothing), "en": english.resolve(nothing)}
        self.filled = filled

    def render(self, context: template.Context) -> str:
        """In the language of the page."""
        spoken = self.spoken[page_language()]
        if not self.filled:
            return str(spoken)
        told = spoken.format(**{name: told.resolve(context) for name, told in self.filled.items()})
        return render_value_in_context(told, context)


@register.tag("say")
def compile_said(parser: Parser, token: Token) -> Said:
    """`{% say "中文" "English" name=value %}`."""
    _, chinese, english, *rest = token.split_contents()
    filled = dict(word.split("=", 1) for word in rest)
    return Said(
        parser.compile_filter(chinese),
        parser.compile_filter(english),
        {name: parser.compile_filter(told) for name, told in filled.items()},
    )


@register.filter
def spoken(text: Text | None) -> str:
    """A bilingual text in the language of the page."""
    return text.in_language(page_language()) if text else ""


@register.filter
def titled(titles: Mapping[str, Text], code: str) -> str:
    """The title of a code in the language of the page; nothing for a code without one."""
    return spoken(titles.get(code))


@register.filter
def money(cents: int | None, currency: str = "¥") -> str:
    """Cents as people read an amount, the sign before the currency; a dash where unknown."""
    if cents is None:
        return _DASH
    return ("−" if int(cents) < 0 else "") + currency + money_text(abs(int(cents)))


@register.filter
def percent(share: float | None) -> str:
    """A share as per cent with one decimal."""
    return _DASH if share is None else f"{share:.1%}"


@register.filter
def times(parts: int | None) -> str:
    """Ten-thousandths as a factor: 23,000 is 2.3."""
    return _DASH if parts is None else f"{parts / 10_000:.1f}"


@register.filter
def counted(number: int | None) -> str:
    """A count with its thousands set apart; a dash where unknown."""
    return _DASH if number is None else f"{number:,}"


@register.filter
def day(date: dt.date | None) -> str:
    """A date as written in the books."""
    return date.isoformat() if date else _DASH


@register.filter
def day_and_hour(moment: dt.datetime | None) -> str:
    """A moment in the machine's zone, to the minute."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}" if moment else _DASH


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One sign of the sprite; decorative unless it has a label."""
    address = static("vendor/icons.svg")
    if not label:
        return format_html(
            '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', address, name
        )
    return format_html(
        '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"></use></svg>', label, address, name
    )


def tiers_of(context: template.Context) -> Mapping[str, Tier]:
    """The classes of the page's edition; none where there is none."""
    found: Mapping[str, Tier] = context.get("tiers") or {}
    return found


@register.simple_tag(takes_context=True)
def chip(context: template.Context, class_id: str) -> SafeString:
    """A class with its colour, the same everywhere; a dash for nobody's class."""
    if not class_id:
        return format_html('<span class="tier tier-none">{}</span>', _DASH)
    look = tiers_of(context).get(class_id)
    if look is None:
        return format_html('<span class="tier ramp-6">{}</span>', class_id)
    return format_html(
        '<span class="tier ramp-{}" title="{}">{}</span>', look.place, spoken(look.title), spoken(look.label)
    )


@register.filter
def labelled(class_id: str, tiers: Mapping[str, Tier]) -> str:
    """A class as its chip has it."""
    look = tiers.get(class_id)
    return spoken(look.label) if look else class_id


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changed: object) -> str:
    """The address's own query with some values changed; an empty value is left out."""
    asked = context["request"].GET.copy()
    for name, value in changed.items():
        asked[name] = str(value)
    kept = asked.copy()
    for name, value in asked.items():
        if not value:
            del kept[name]
    return f"?{kept.urlencode()}"

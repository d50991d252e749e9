"""Names of languages: ISO 639-1 codes, and names in English, in the language itself and in Spanish.

A person may name a language in any of these ways. Case and accents do not matter.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable

NAMES = {
    "ar": ("Arabic", "العربية", "árabe"),
    "bg": ("Bulgarian", "български", "búlgaro"),
    "bn": ("Bengali", "বাংলা", "bengalí"),
    "ca": ("Catalan", "català", "catalán"),
    "cs": ("Czech", "čeština", "checo"),
    "cy": ("Welsh", "Cymraeg", "galés"),
    "da": ("Danish", "dansk", "danés"),
    "de": ("German", "Deutsch", "alemán"),
    "el": ("Greek", "ελληνικά", "griego"),
    "en": ("English", "inglés"),
    "eo": ("Esperanto",),
    "es": ("Spanish", "español", "Castilian", "castellano"),
    "et": ("Estonian", "eesti", "estonio"),
    "eu": ("Basque", "euskara", "vasco", "euskera"),
    "fa": ("Persian", "فارسی", "Farsi", "persa"),
    "fi": ("Finnish", "suomi", "finés", "finlandés"),
    "fr": ("French", "français", "francés"),
    "ga": ("Irish", "Gaeilge", "irlandés"),
    "gl": ("Galician", "galego", "gallego"),
    "he": ("Hebrew", "עברית", "hebreo"),
    "hi": ("Hindi", "हिन्दी"),
    "hr": ("Croatian", "hrvatski", "croata"),
    "hu": ("Hungarian", "magyar", "húngaro"),
    "id": ("Indonesian", "Bahasa Indonesia", "indonesio"),
    "is": ("Icelandic", "íslenska", "islandés"),
    "it": ("Italian", "italiano"),
    "ja": ("Japanese", "日本語", "japonés"),
    "ko": ("Korean", "한국어", "coreano"),
    "la": ("Latin", "latina", "latín"),
    "lt": ("Lithuanian", "lietuvių", "lituano"),
    "lv": ("Latvian", "latviešu", "letón"),
    "ms": ("Malay", "Bahasa Melayu", "malayo"),
    "nl": ("Dutch", "Nederlands", "neerlandés", "holandés"),
    "no": ("Norwegian", "norsk", "noruego"),
    "pl": ("Polish", "polski", "polaco"),
    "pt": ("Portuguese", "português", "portugués"),
    "ro": ("Romanian", "română", "rumano"),
    "ru": ("Russian", "русский", "ruso"),
    "sk": ("Slovak", "slovenčina", "eslovaco"),
    "sl": ("Slovenian", "slovenščina", "esloveno"),
    "sr": ("Serbian", "српски", "srpski", "serbio"),
    "sv": ("Swedish", "svenska", "sueco"),
    "sw": ("Swahili", "Kiswahili", "suajili"),
    "ta": ("Tamil", "தமிழ்"),
    "th": ("Thai", "ไทย", "tailandés"),
    "tr": ("Turkish", "Türkçe", "turco"),
    "uk": ("Ukrainian", "українська", "ucraniano"),
    "ur": ("Urdu", "اردو"),
    "vi": ("Vietnamese", "Tiếng Việt", "vietnamita"),
    "zh": ("Chinese", "中文", "chino"),
}
"""Names of each language by its code, the English name first."""


def english_name(code: str) -> str:
    """Return the English name of a language, or the code itself if it is not in `NAMES`."""
    return NAMES[code][0] if code in NAMES else code


def language_code(name: str) -> str:
    """Return the ISO 639-1 code of a language, by its code or a name; "" if it is unknown."""
    return _code(name)


def find_language(name: str, *, among: Iterable[str]) -> str | None:
    """Return the language that a name means.

    An exact match wins, then one that differs only in case and accents. Otherwise the name and the
    language must be a code and a name, or two names, of the same language in `NAMES`.

    Args:
        name: Code or name of a language, as a person writes it.
        among: Languages to choose from: any strings, such as "en", "English" or "simple".

    Returns:
        The first language that matches, as it is spelled in `among`; None if there is none.
    """
    languages = list(among)
    if name in languages:
        return name
    for normalize in (_folded, _code):
        wanted = normalize(name)
        for language in languages:
            if wanted and normalize(language) == wanted:
                return language
    return None


def _folded(name: str) -> str:
    """Return a name in lowercase, without accents and outer blanks."""
    letters = unicodedata.normalize("NFKD", name.strip().casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _code(name: str) -> str:
    """Return the code of a language in `NAMES`; "" if the name is not there."""
    folded = _folded(name)
    return folded if folded in NAMES else _codes().get(folded, "")


@functools.cache
def _codes() -> dict[str, str]:
    """Return the code of each name."""
    return {_folded(name): code for code, names in NAMES.items() for name in names}

"""Patterns of the items that must survive translation.

They use no feature that JavaScript's regular expressions lack, and no pattern is tried twice at the
same place for more than a bounded number of characters, so that finding the items of a text takes
time in proportion to its length.
"""

from __future__ import annotations

import functools
import re

KINDS = ("name", "sign", "number")
"""Kinds of items: names (addresses, code, paths), signs (tags, emoji, symbols) and numbers."""

_LETTER = r"[^\W\d_]"
_NOT_AFTER_WORD = r"(?<![\w@])"

_DOMAINS = (
    "com|org|net|edu|gov|mil|int|info|biz|io|dev|app|ai|co|tv|me|eu|es|mx|ar|cl|pe|uk|us|ca|au|de|"
    "fr|it|pt|br|nl|be|ch|at|ie|jp|cn|in|ru|pl|se|no|fi|dk|cat|gal|eus|museum|travel|online|shop|"
    "site|xyz|cloud|test|example|local|localhost"
)
_SUFFIXES = (
    "txt|pdf|docx?|xlsx?|pptx?|odt|ods|csv|tsv|json|ya?ml|toml|xml|html?|md|rst|tex|ini|cfg|conf|"
    "log|sh|bat|py|ipynb|js|ts|css|java|c|cc|cpp|h|hpp|rs|go|rb|php|sql|db|zip|gz|tgz|bz2|xz|tar|"
    "rar|7z|jpe?g|png|gif|svg|webp|ico|mp3|mp4|wav|ogg|flac|avi|mkv|mov|exe|dll|so|deb|rpm|iso|"
    "apk|bak|tmp|po|srt|vtt"
)

_NAMES = (
    r"`[^`\n]{1,200}`",  # code
    r"(?<![\w.])[A-Za-z_]\w{0,60}(?:\.[A-Za-z_]\w{0,60}){0,10}\((?![a-zñ]{1,3}\))[^()\s]{0,60}\)",
    # Addresses
    r"\b(?:https?|ftps?|sftp|file|git|ssh|wss?|mailto|tel|data|magnet):(?://)?[^\s<>\"“”«»]{2,2000}",
    r"\bwww\.[^\s<>\"“”«»]{2,2000}",
    r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}",
    rf"(?<![\w.@-])(?:[\w-]{{1,63}}\.){{1,8}}(?:{_DOMAINS})(?::\d{{1,5}})?(?:/[^\s<>\"“”«»]{{0,2000}}"
    r"|(?![\w-]|\.\w))",
    rf"{_NOT_AFTER_WORD}@[\w][\w.-]{{0,62}}",
    rf"(?<![\w&#])#(?=\w{{0,60}}{_LETTER})\w{{1,100}}",
    # Paths
    r"(?<![\w/.\\])[A-Za-z]:[\\/][^\s<>\"|?*“”«»]{0,400}",
    r"(?<![\w\\])\\\\[\w.$-]{1,100}(?:\\[^\s<>\"|?*\\]{1,100}){1,20}",
    r"(?<![\w/.<~])(?:~|\.{1,2})?/[\w.+@%~*-]{1,100}(?:/[\w.+@%~*-]{1,100}){0,30}/?",
    rf"(?<![\w/.-])[\w-]{{1,100}}(?:[./][\w-]{{1,100}}){{0,20}}\.(?:{_SUFFIXES})(?![\w-])",
    r"(?<![\w/.*])(?:[\w.*+@~-]{1,100}/){1,30}(?:\*[\w.*-]{0,40}|\.\w{1,20})(?!\w)",
    r"(?<![\w/.*])(?:[\w.*+@~-]{1,100}/){2,30}(?![\w*])",
    r"(?<![\w%])%[A-Za-z_]\w{1,60}%(?:[\\/][^\s<>\"|?*“”«»]{0,400})?",
    # Placeholders of programs
    r"\{\{[^{}\n]{0,100}\}\}",
    r"\[\[[^\[\]\n]{1,60}\]\]",
    r"(?<![\w%])%(?:%|\d{1,2})(?![\w$]|\.\d)",
    r"(?<![\w:]):[a-z_]\w{2,40}(?![\w:])",
    r"[$#%]?\{[^{}\n]{0,100}\}",
    r"%\(\w{1,60}\)[-+0#]?\d{0,4}(?:\.\d{1,4})?[A-Za-z]",
    r"(?<![\d\w%])%(?:\d{1,2}\$)?[-+0#]?\d{0,4}(?:\.\d{1,4})?(?:hh?|ll?|z)?[sdifuxXeEgGcrpo@](?!\w)",
    r"(?<![\w$])\$[A-Za-z_]\w{0,60}",
    r"&(?:[A-Za-z]{2,10}|#\d{1,7}|#x[0-9A-Fa-f]{1,6});",
    r"(?<![\w:\\])\\[nrt]",
    r"\\u[0-9A-Fa-f]{4}",
    r"(?<![\w:]):[a-z][a-z0-9_+-]{1,40}:(?![\w:])",
    # Code
    r"(?<![\w-])--[A-Za-z][\w-]{0,60}(?:=[^\s,;]{1,100})?",
    r"(?<![\w-])-[A-Za-z](?![\w'’])",
    r"(?<![\w.])[A-Za-z_]\w{0,60}(?:::|->)[A-Za-z_]\w{0,60}(?:\([^()\s]{0,60}\))?",
    r"(?<![\w.])(?=[\w.]{0,200}(?:_|[a-z][A-Z]))[A-Za-z_]\w{0,60}(?:\.(?=_{0,2}[A-Za-z])\w{1,60}){1,10}"
    r"(?:\([^()\s]{0,60}\))?",
    r"(?<![\w.])[A-Za-z_]\w{0,60}\[[A-Za-z_][^\[\]\s]{0,40}\]",
    # A footnote, as in "el río[1]", is no index: it is not 0, and no code follows.
    r"(?<![\w.])[A-Za-z_]\w{0,60}\[(?:0\]|\d{1,9}\](?=[\[(=]|->|\.[A-Za-z_]))",
    r"(?<![\w=])[A-Za-z_]\w{0,60}[!<>=+*/-]?=[^\s,;=]{1,60}",
    r"(?<!\w)(?=\w{0,60}[A-Za-z])(?:_{0,2}[^\W_]{1,60}){1}(?:_{1,2}[^\W_]{1,60}){1,20}_{0,2}(?!\w)",
    r"(?<!\w)__[A-Za-z]\w{0,60}__(?!\w)",
    r"(?<![\w])[a-z]{1,30}(?:[A-Z][a-z0-9]{1,30}){1,10}(?!\w)",
    r"(?<![\w.])0x[0-9A-Fa-f]{1,32}(?!\w)",
    # Codes of letters and digits
    r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?(?!\w)",
    r"(?<![\w-])(?=[\w-]{0,60}\d)(?=[\w-]{0,60}[A-Za-z])"
    r"(?!\d{1,9}(?:st|nd|rd|th|s|er|ers|o|os|a|as|ro|do|to|mo|no|vo|ª|º)(?![\w-]))"
    r"(?!\d{1,4}(?:-[^\W\d_]{3,60}){1,6}(?![\w-]))"
    r"[\w]{1,60}(?:-\w{1,60}){0,10}(?![\w])",
)

_PICTURE = (
    "[\\u203c\\u2049\\u2139\\u2190-\\u21ff\\u2300-\\u23ff\\u2460-\\u27bf\\u2900-\\u297f"
    "\\u2b00-\\u2bff\\u3030\\u303d\\u3297\\u3299\\U0001f000-\\U0001faff]"
)
_SIGNS = (
    r"</?[A-Za-z!?][^<>\n]{0,1000}>",
    r"</?\d{1,4}/?>",
    r"<>|</>",
    r"\[/?(?:b|i|u|s|p|q|br|em|url|img|code|list|quote|size|color|span|mark|sub|sup|[A-Za-z]|\d{1,3})\]",
    r"(?<!\S)[«»‹›<>*#=|~^+]{1,3}(?!\S)",
    r"[\U0001f1e6-\U0001f1ff]{2}",
    r"[0-9#*]\ufe0f?\u20e3",
    rf"{_PICTURE}[\ufe0e\ufe0f]?(?:[\U0001f3fb-\U0001f3ff])?[\U000e0020-\U000e007f]{{0,10}}"
    rf"(?:\u200d{_PICTURE}[\ufe0e\ufe0f]?(?:[\U0001f3fb-\U0001f3ff])?){{0,10}}",
    r"(?<!\S)[:;=8][-o^']?[()DPp\[\]/\\|3*](?!\w)",
    r"<3+(?!\d)",
    r"[\u2200-\u22ff\u2500-\u25ff\u2030-\u2033\u2020-\u2023\u203b\u2043\u204e\u2116-\u2122"
    r"©®¶§†‡•‣¦¬±×÷°¤µ\ue000-\uf8ff]",
)

_CURRENCY = (
    r"(?:US\$|[A-Z]{0,2}[$¥£]|[€₹₽₩₺₪₫฿₴₦₱₿¢]|(?:USD|EUR|GBP|MXN|ARS|CLP|COP|PEN|JPY|CHF|CAD|AUD|CNY|BRL)"
    r"(?![A-Za-z]))"
)
_SPACE = "[ \\u00a0\\u202f\\u2009]"
_SIGN = r"(?:[-+\u2212±]|(?<=\s)\u2013)"
_HALF = rf"(?:[ap]\.?{_SPACE}?m\.?|[AP]\.?{_SPACE}?M\.?)"
_UNIT = (
    "(?:km/h|m/s|mph|k[mgWVJBN]|kWh|kcal|kHz|kPa|hPa|[cdm]m|m[glLsAVWP]|[GMT]Hz|[GMTP]i?B|[MG]W|mol|"
    "min|bar|cal|dB|Hz|Pa|px|pt|mi|ft|lb|lbs|oz|yd|gal|ha|[VWgmlhtKNJL])[²³]?"
)
_NUMBER = (
    rf"\d{{1,3}}(?:{_SPACE}\d{{3}}){{1,6}}(?![\d]|[.,:/-]?\d)(?:[.,]\d{{1,12}})?"
    r"|\d{1,40}(?:[.,:/·'’\u2044\u2215-]\d{1,40}){0,40}"
)
_NUMBERS = (
    # Dates with times
    r"(?<!\w)\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[-+]\d{2}:?\d{2})?(?!\w)",
    # Telephone numbers
    r"(?<![\w+])\+\d{1,3}(?:[ .\u00a0-]?\(?\d{1,4}\)?){2,7}(?!\w)",
    r"(?<![\w(])\(\d{2,4}\)(?:[ .\u00a0-]?\d{2,4}){2,4}(?!\w)",
    r"(?<![\w.,])\d{2,4}(?: \d{2,4}){2,5}(?![\w]|[.,]\d)",
    # Codes: books, number plates, addresses of devices
    r"(?<![\w-])\d{1,5}(?:-\d{1,7}){2,4}-[\dX](?!\w)",
    r"(?<![\w.,])\d{4} [A-Z]{3}(?!\w)",
    r"(?<![\w:])[0-9A-Za-z]{1,4}(?::[0-9A-Za-z]{1,4}){3,7}(?![\w:])",
    # Times
    rf"(?<![\w.,])\d{{1,2}}(?:[:.]\d{{2}}){{0,2}}{_SPACE}?{_HALF}(?!\w)",
    # Versions
    r"(?<!\w)v?\d{1,6}(?:\.\d{1,6}){1,5}(?:[-+.]?(?:rc|alpha|beta|a|b|dev|post|build)\.?\d{0,4})"
    r"(?!\w)",
    r"(?<!\w)v\d{1,6}(?:\.\d{1,6}){0,5}(?!\w)",
    # Prices, percentages, measures
    rf"(?<![\w.]){_SIGN}?{_CURRENCY}{_SPACE}?[-\u2212]?(?:{_NUMBER})(?!\w)",
    rf"(?<![\w.,]){_SIGN}?(?:{_NUMBER}){_SPACE}?(?:%|‰|°{_SPACE}?[CFK]?(?!\w)"
    rf"|º[CF](?!\w)|{_CURRENCY})",
    rf"(?<![\w.,]){_SIGN}?(?:{_NUMBER})(?:{_SPACE}?{_UNIT}|{_SPACE}s)(?!\w)",
    r"(?<![\w.,])[-+\u2212±]?\d{1,12}(?:[.,]\d{1,12})?[eE][-+]?\d{1,4}(?!\w)",
    rf"(?<![\w.,])[-+\u2212±]?\d{{1,12}}(?:[.,]\d{{1,12}})?{_SPACE}?[×·]{_SPACE}?10"
    r"(?:\^?[-\u2212]?\d{1,4}|[⁻⁺]?[⁰¹²³⁴-⁹]{1,4})(?!\w)",
    # Numbers of two digits and more; a model copies a single digit well
    r"(?<![\w.,])\d{0,6}[¼½¾⅐-⅞]",
    rf"(?<![\w.,+-]){_SIGN}(?:{_NUMBER})(?![\w])",
    rf"(?<![\w])(?!\d(?![\d]|[.,:/·'’\u2044\u2215-]\d|{_SPACE}\d{{3}}))(?:{_NUMBER})(?![\w])",
)


@functools.cache
def item_pattern() -> re.Pattern[str]:
    """Return the pattern of an item; the name of its group is its kind.

    It is built on first use, since most texts have nothing that could be an item.
    """
    kinds = (("number", _NUMBERS), ("sign", _SIGNS), ("name", _NAMES))
    return re.compile("|".join(f"(?P<{kind}>{'|'.join(patterns)})" for kind, patterns in kinds))


_CLOSING = {")": "(", "]": "[", "}": "{"}
_HALF_DAY = re.compile(rf"\d{_SPACE}?[apAP]\.{_SPACE}?[mM]\.$")
_EMOTICON = re.compile(r"[:;=8][-o^']?[()DPp\[\]/\\|3*]")


def trim_item(text: str) -> str:
    """Return an item without the punctuation of the sentence at its end."""
    if _EMOTICON.fullmatch(text):
        return text
    while text and (text[-1] in ".,;:!?'…\"" or _closes_nothing(text)) and not _keeps_end(text):
        text = text[:-1]
    return text


def _closes_nothing(text: str) -> bool:
    """Return whether an item ends with a bracket that opens outside it."""
    opening = _CLOSING.get(text[-1])
    return opening is not None and text.count(opening) < text.count(text[-1])


def _keeps_end(text: str) -> bool:
    """Return whether an item's last character belongs to it, as in "&amp;" and "3 p. m."."""
    if text[-1] == ";":
        return text[0] == "&"
    if text[-1] == ":":
        return text[0] == ":" and len(text) > 1
    return text[-1] == "." and _HALF_DAY.search(text) is not None


def may_have_items(text: str) -> bool:
    """Return whether a text has a character without which it has no items; a quick test."""
    return _TRACE.search(text) is not None


_TRACE = re.compile(
    r"[\d@#$%&+/\\<>=_`{}|~\u00a2-\u00a9\u00ac-\u00b9\u00bc-\u00be\u00d7\u00f7\u2020-\u2023"
    r"\u2030-\u2033\u203b-\u206f\u20a0-\u2bff\u3030-\u32ff\ue000-\uf8ff\U0001f000-\U0001faff]"
    r"|[a-z][A-Z]|\w\.\w|\w\(|\[|\*|-[A-Za-z-]|[:;][-o^'()DPp\[\]|*a-z_]|[\xab\xbb\u2039\u203a]"
)

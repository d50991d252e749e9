"""Make items that a translation must keep unchanged: URLs, code, numbers, dates, emoji and others.

Formats of numbers, dates, times, prices and units come from CLDR through Babel; all others are
listed here.
"""

from __future__ import annotations

import datetime
import string
from collections.abc import Callable
from random import Random

from babel import Locale, dates, numbers, units

Maker = Callable[[Random, str], str]
"""Function that makes an item from a random generator and the name of a locale."""


def _listed(text: str, separator: str | None = None) -> list[str]:
    """Return the parts of a text, by default its words."""
    return text.split(separator)


WORDS = _listed(
    "casa verde nueva tienda correo datos mapa norte playa libro music photo report draft final "
    "index main test user admin order item news blog shop green river light data backup config "
    "build cache session token width color language page image menu"
)
NAMES = _listed("laura ana carlos maria_jose juan.perez mike sarah tom_b garcia lopez emma noah")
DOMAINS = _listed("es com org net mx co.uk io dev gob.mx edu info com.ar")
EXTENSIONS = _listed("txt pdf py js json csv html docx xlsx png jpg md yaml tar.gz conf log sh c h")


def integer(rng: Random, locale: str) -> str:
    """Return 1 to 12 digits, without a leading zero."""
    digits = rng.randint(1, 12)
    return str(rng.randrange(10 ** (digits - 1), 10**digits))


def count(rng: Random, locale: str) -> str:
    """Return an integer of at least 2, which a plural can follow."""
    return str(max(2, int(integer(rng, locale))))


def _number(rng: Random, decimals: int) -> float:
    return round(rng.uniform(1, 10 ** rng.randint(1, 7)), decimals)


def decimal(rng: Random, locale: str) -> str:
    """Return a decimal without grouping, with the decimal sign of the locale."""
    places = rng.randint(1, 4)
    value = rng.uniform(0, 10 ** rng.randint(0, 4))
    return numbers.format_decimal(value, format="0." + "0" * places, locale=locale)


def grouped(rng: Random, locale: str) -> str:
    """Return a number of at least five digits in groups, at times with decimals."""
    pattern = rng.choice(["#,##0", "#,##0", "#,##0.00"])
    value = rng.uniform(10**4, 10 ** rng.randint(5, 10))
    return numbers.format_decimal(value, format=pattern, locale=locale)


def large(rng: Random, locale: str) -> str:
    """Return an integer of at least five digits in groups."""
    return numbers.format_decimal(rng.randrange(10**4, 10**10), format="#,##0", locale=locale)


def negative(rng: Random, locale: str) -> str:
    """Return a negative number, at times with the minus sign of mathematics."""
    text = rng.choice([integer, decimal])(rng, locale)
    return rng.choice("--−") + text


def percent(rng: Random, locale: str) -> str:
    """Return a percentage in a format of the locale, with or without the space before the sign."""
    value = round(rng.uniform(0, 1.5), rng.randint(2, 4))
    text = numbers.format_percent(value, locale=locale, decimal_quantization=False)
    return _spaces(rng, rng.choice([text, "".join(text.split())]))


def scientific(rng: Random, locale: str) -> str:
    """Return a number with an exponent, in CLDR's, a programmer's or a typesetter's form."""
    if rng.random() < 0.5:
        return numbers.format_scientific(rng.randrange(10**3, 10**9), locale=locale)
    mantissa = f"{rng.uniform(1, 9.99):.{rng.randint(1, 3)}f}"
    exponent = rng.randint(2, 24)
    superscript = str(exponent).translate(str.maketrans(string.digits, "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return rng.choice(
        [
            f"{mantissa}e{exponent}",
            f"{mantissa}e-{exponent:02}",
            f"{mantissa}E+{exponent}",
            f"{mantissa} × 10^{exponent}",
            f"{mantissa}×10{superscript}",
        ]
    )


def fraction(rng: Random, locale: str) -> str:
    """Return a fraction, as two integers or one character."""
    plain = f"{rng.randint(1, 20)}/{rng.randint(2, 100)}"
    return rng.choice([plain, rng.choice("½⅓¼¾⅔⅛"), f"{rng.randint(1, 20)}{rng.choice('½¼¾')}"])


def _spaces(rng: Random, text: str) -> str:
    """Return the text, in half of all cases with plain spaces for CLDR's no-break ones."""
    return " ".join(text.split()) if rng.random() < 0.5 else text


def _day(rng: Random) -> datetime.date:
    return datetime.date(1900, 1, 1) + datetime.timedelta(days=rng.randrange(60_000))


def date(rng: Random, locale: str) -> str:
    """Return a date in digits, in a pattern of CLDR or a usual variant of one."""
    known = Locale.parse(locale)
    patterns = [str(pattern) for pattern in known.date_formats.values()]
    patterns += [str(known.datetime_skeletons[name]) for name in ("yMd", "yMd", "yM", "Md")]
    patterns = [pattern for pattern in patterns if not set("EMLa'") & set(_letters(pattern))]
    pattern = rng.choice([*patterns, *patterns, "yyyy-MM-dd", "dd.MM.yyyy", "dd-MM-yyyy"])
    return dates.format_date(_day(rng), format=pattern, locale=locale)


def _letters(pattern: str) -> list[str]:
    """Return what a date pattern would write in letters: names of months, days and periods."""
    found = ["M"] if "MMM" in pattern else []
    return found + [letter for letter in "ELa'" if letter in pattern]


def time(rng: Random, locale: str) -> str:
    """Return a time in a pattern of CLDR; never at one, which takes the singular in Spanish."""
    known = Locale.parse(locale)
    patterns = [str(known.time_formats[name]) for name in ("medium", "short")]
    patterns += [str(known.datetime_skeletons[name]) for name in ("hm", "hm", "hms", "Hm")]
    hour = rng.choice([hour for hour in range(24) if hour not in (1, 13)])
    moment = datetime.time(hour, rng.randrange(60), rng.randrange(60))
    text = dates.format_time(moment, format=rng.choice(patterns), locale=locale)
    return _spaces(rng, text)


def price(rng: Random, locale: str) -> str:
    """Return an amount with the sign or the code of a currency, in the locale's format."""
    currency = rng.choice(["EUR", "USD", "GBP", "MXN", "JPY", "ARS", "COP", "BRL", "CHF"])
    value = _number(rng, rng.choice([0, 2, 2]))
    style = rng.random()
    if style < 0.4:
        text = numbers.format_currency(value, currency, locale=locale)
    elif style < 0.6:
        text = numbers.format_currency(
            value, currency, format=rng.choice(["¤#,##0", "#,##0 ¤", "¤ #,##0.00"]), locale=locale
        )
    elif style < 0.8:
        pattern = rng.choice(["#,##0.00 ¤¤", "¤¤ #,##0.00", "#,##0 ¤¤"])
        text = numbers.format_currency(value, currency, format=pattern, locale=locale)
    else:
        amount = numbers.format_decimal(value, format="#,##0.##", locale=locale)
        text = rng.choice(["${}", "{}€", "£{}", "{} €", "€{}", "{}$", "¥{}"]).format(amount)
    return _spaces(rng, text)


UNITS = _listed(
    "length-kilometer length-meter length-centimeter length-millimeter mass-kilogram mass-gram "
    "mass-milligram volume-liter volume-milliliter digital-megabyte digital-gigabyte "
    "digital-kilobyte speed-kilometer-per-hour temperature-celsius power-watt frequency-hertz "
    "frequency-megahertz electric-volt energy-kilowatt-hour pressure-hectopascal area-square-meter "
    "length-mile mass-pound"
)


def measure(rng: Random, locale: str) -> str:
    """Return a number with a unit, in a short form of CLDR, at times without the space."""
    value = rng.choice([rng.randint(2, 2000), round(rng.uniform(1, 100), rng.randint(1, 2))])
    text = units.format_unit(value, rng.choice(UNITS), length="short", locale=locale)
    return _spaces(rng, rng.choice([text, text, "".join(text.split())]))


def url(rng: Random, locale: str) -> str:
    """Return a URL, at times with a port, a query, a fragment or without a scheme."""
    host = "-".join(rng.sample(WORDS, rng.randint(1, 2))) + "." + rng.choice(DOMAINS)
    scheme = rng.choice(["https://", "https://", "https://www.", "http://", "www.", "ftp://"])
    port = rng.choice(["", "", "", "", ":8080"])
    folders = "".join("/" + rng.choice(WORDS) for _ in range(rng.randint(0, 3)))
    if folders and rng.random() < 0.4:
        folders += rng.choice(["/", ".html", f"/{rng.randint(1, 99999)}", "_(mapa)", "/%C3%B1"])
    query = ""
    if rng.random() < 0.3:
        query = f"{'' if folders else '/'}?{rng.choice(WORDS)}={rng.randint(1, 9999)}"
        query += rng.choice(["", f"&lang={rng.choice(['es', 'en'])}", "&q=a+b"])
    fragment = f"#{rng.choice(WORDS)}" if folders and rng.random() < 0.15 else ""
    return scheme + host + port + folders + query + fragment


def mail(rng: Random, locale: str) -> str:
    """Return a mail address."""
    tag = rng.choice(["", "", "", "+news", str(rng.randint(1, 99))])
    host = "-".join(rng.sample(WORDS, rng.randint(1, 2)))
    return f"{rng.choice(NAMES)}{tag}@{host}.{rng.choice(DOMAINS)}"


def handle(rng: Random, locale: str) -> str:
    """Return the name of a user, with its at sign."""
    name = rng.choice(NAMES).replace(".", "_")
    return "@" + rng.choice([name, name + str(rng.randint(1, 2010)), name.title(), f"the_{name}"])


def hashtag(rng: Random, locale: str) -> str:
    """Return a hashtag in lowercase, in camel case, with a year or with accents."""
    some = rng.sample(WORDS, 2)
    choices = [some[0], "".join(map(str.title, some)), f"{some[0]}{rng.randint(2000, 2030)}"]
    return "#" + rng.choice([*choices, "_".join(some), "Año_Nuevo", "FelizDía", "NiUnaMás"])


def path(rng: Random, locale: str) -> str:
    """Return a Unix path: absolute, relative or below the home directory."""
    root = rng.choice(["/", "/usr/", "/etc/", "/home/ana/", "~/", "./", "../", "src/", "docs/"])
    folders = "/".join(rng.sample(WORDS, rng.randint(1, 3)))
    return root + folders + rng.choice(["/", "." + rng.choice(EXTENSIONS), "/*.txt", "/.env"])


def windows_path(rng: Random, locale: str) -> str:
    """Return a Windows path, with a drive or of a share."""
    root = rng.choice(["C:\\", "D:\\", "C:\\Users\\ana\\", "\\\\servidor\\", "%APPDATA%\\"])
    folders = "\\".join(map(str.title, rng.sample(WORDS, rng.randint(1, 3))))
    return root + folders + rng.choice(["", "." + rng.choice(EXTENSIONS)])


def file_name(rng: Random, locale: str) -> str:
    """Return the name of a file."""
    stem = rng.choice(["_", "-", ""]).join(rng.sample(WORDS, rng.randint(1, 2)))
    return f"{stem}{rng.choice(['', '', f'_{rng.randint(1, 30)}'])}.{rng.choice(EXTENSIONS)}"


def identifier(rng: Random, locale: str) -> str:
    """Return an identifier in one of the usual styles."""
    some = rng.sample(WORDS, rng.randint(2, 3))
    camel = some[0] + "".join(map(str.title, some[1:]))
    styles = ["_".join(some), camel, "_".join(some).upper(), "$" + some[0], "self._" + some[0]]
    return rng.choice([*styles, f"{some[0]}[{rng.randint(0, 9)}]", f"{camel}.{some[0]}"])


def call(rng: Random, locale: str) -> str:
    """Return a call, of a function or a method, at times with arguments."""
    some = rng.sample(WORDS, 3)
    arguments = rng.choice(["", "", "", some[2], f"{some[2]}={rng.randint(0, 99)}", f'"{some[2]}"'])
    name = rng.choice([f"{some[0]}_{some[1]}", f"{some[0]}.{some[1]}", some[0] + some[1].title()])
    return f"{name}({arguments})"


def flag(rng: Random, locale: str) -> str:
    """Return an option of a command, at times with its value."""
    name = "-".join(rng.sample(WORDS, rng.randint(1, 2)))
    letter = rng.choice(string.ascii_letters)
    return rng.choice([f"--{name}", f"--{name}", f"--{name}={rng.randint(0, 99)}", f"-{letter}"])


def snippet(rng: Random, locale: str) -> str:
    """Return code between backticks, or a short piece without them."""
    some = rng.sample(WORDS, 2)
    code = rng.choice(
        [
            f"git commit -m {some[0]}",
            f"pip install {some[0]}=={rng.randint(0, 9)}.{rng.randint(0, 20)}",
            f"rm -rf {some[0]}/{some[1]}",
            f"{some[0]} = {rng.randint(0, 99)}",
            f"if ({some[0]} != null)",
            f"SELECT * FROM {some[0]}",
            some[0],
            call(rng, locale),
        ]
    )
    bare = rng.choice(
        [f"{some[0]}={rng.randint(0, 99)}", f"{some[0]}->{some[1]}", "a[i++]", "x!=0"]
    )
    return bare if rng.random() < 0.2 else f"`{code}`"


def placeholder(rng: Random, locale: str) -> str:
    """Return a placeholder as programs, templates and message catalogues write it."""
    name = rng.choice(WORDS)
    number = rng.randint(0, 9)
    choices = ["%s", "%d", "%i", "%.2f", "%5d", "%@", "{}", "%%", "{0:.2f}", "{{count}}"]
    choices += [f"%({name})s", f"{{{number}}}", f"{{{name}}}", f"${{{name}}}", f"%{number + 1}$s"]
    choices += [f"%{number + 1}$d", f"{{{{{name}}}}}", f"{{{{ {name} }}}}", f"%{number + 1}"]
    choices += [f"${number}", f"%{{{name}}}", f"[[{name}]]", f"__{name.upper()}__", f":{name}"]
    return rng.choice([*choices, f"<{number}/>", f"{{{name}.{rng.choice(WORDS)}}}", "%lu"])


def tags(rng: Random, locale: str) -> tuple[str, str]:
    """Return an opening and a closing tag."""
    name = rng.choice(["b", "i", "em", "strong", "u", "code", "mark", "B", "span", "0", "1", "g"])
    if rng.random() < 0.25:
        attribute = rng.choice(["href", "href", "class", "id"])
        value = url(rng, locale) if attribute == "href" else rng.choice(WORDS)
        quote = rng.choice("\"'")
        tag = "a" if attribute == "href" else "span"
        return f"<{tag} {attribute}={quote}{value}{quote}>", f"</{tag}>"
    if rng.random() < 0.1:
        return f"[{name}]", f"[/{name}]"
    return f"<{name}>", f"</{name}>"


def line_break(rng: Random, locale: str) -> str:
    """Return a tag without a closing tag, or an escaped line break."""
    return rng.choice(
        ["<br>", "<br/>", "<br />", "<hr/>", '<img src="a.png"/>', "\\n", "<x id='1'/>"]
    )


def entity(rng: Random, locale: str) -> str:
    """Return an HTML entity that stands between two words."""
    return rng.choice(["&nbsp;", "&nbsp;", "&#160;", "&#xA0;", "&ensp;", "&mdash;", "&shy;"])


def version(rng: Random, locale: str) -> str:
    """Return a version number."""
    parts = [str(rng.randint(0, 30)) for _ in range(rng.randint(2, 4))]
    suffix = rng.choice(["", "", "", "", "-rc1", "b2", "-beta.3", ".dev0", "+build.7"])
    return rng.choice(["", "", "v"]) + ".".join(parts) + suffix


def phone(rng: Random, locale: str) -> str:
    """Return a telephone number of Spain, Mexico, the United States or the United Kingdom."""
    form = rng.choice(
        _listed(
            "+34 6## ### ###|6## ## ## ##|9########|91 ### ## ##|+52 55 #### ####|(55) ####-####|"
            "(###) 555-01##|1-800-555-01##|555-01##|+1 ### 555 01##|+44 20 7946 0###|020 7946 0###|"
            "+346########|00 34 93 ### ## ##",
            "|",
        )
    )
    return _digits(rng, form)


def _digits(rng: Random, form: str) -> str:
    """Return the form with digits for number signs and capitals for question marks."""
    made = [
        str(rng.randint(1, 9)) if sign == "#" else rng.choice("ABCDEFGHKX") if sign == "?" else sign
        for sign in form
    ]
    return "".join(made)


def reference(rng: Random, locale: str) -> str:
    """Return a code: IBAN, ISBN, order number, DNI, plate, UUID, IP address or hash."""
    if rng.random() < 0.15:
        return f"{rng.getrandbits(32):0{rng.choice([8, 10])}x}".replace("e", "a")
    if rng.random() < 0.1:
        text = f"{rng.getrandbits(128):032x}"
        return "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])
    form = rng.choice(
        _listed(
            "ES## #### #### #### #### ####|ES######################|GB##???W##############|"
            "978-#-###-#####-#|978##########|#-###-#####-X|##??-####|?######|########?|#### ???|"
            "???-###|?#?#?#|#Z##?##########|192.168.#.##|10.##.#.###|#F?#:##:A#:#C:##:##|0x##?##|"
            "#### #### #### ####",
            "|",
        )
    )
    return _digits(rng, form)


EMOJI_RANGES = ((0x1F300, 0x1F321), (0x1F337, 0x1F3F1), (0x1F400, 0x1F4FD), (0x1F600, 0x1F650))
SKINNED = "👍👋👏🙏💪👌✌👩👨🙋🤷🏃"
SEQUENCES = _listed(
    "👨‍👩‍👧‍👦 👩‍💻 🏳️‍🌈 ❤️‍🔥 🤷🏽‍♀️ 👩🏾‍🚀 🧑‍🤝‍🧑 🐻‍❄️ ❤️ ☀️ ✌️ ☎️ ⚠️ ✔️ ‼️ "
    "1️⃣ 9️⃣ #️⃣ *️⃣ 🇪🇸 🇲🇽 🇺🇸 🇬🇧 🇦🇷 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ☕ ⭐ ✅ ❌ ⏰ 🥳 🤖 🚀 🫶"
)


def emoji(rng: Random, locale: str) -> str:
    """Return an emoji, a sequence of several code points in half of all cases."""
    style = rng.random()
    if style < 0.45:
        first, last = rng.choice(EMOJI_RANGES)
        return chr(rng.randrange(first, last))
    if style < 0.6:
        return rng.choice(SKINNED) + chr(rng.randrange(0x1F3FB, 0x1F400))
    return rng.choice(SEQUENCES)


def _one_of(choices: str) -> Maker:
    """Return a function that draws one of the given items."""
    return lambda rng, locale: rng.choice(choices.split())


MAKERS: dict[str, dict[str, Maker]] = {
    "url": {"url": url},
    "mail": {"mail": mail},
    "handle": {"handle": handle},
    "hashtag": {"hashtag": hashtag},
    "path": {"path": path},
    "winpath": {"path": windows_path},
    "file": {"path": file_name},
    "name": {"code": identifier},
    "call": {"code": call},
    "flag": {"code": flag},
    "snippet": {"code": snippet},
    "place": {"placeholder": placeholder},
    "br": {"markup": line_break},
    "gap": {"markup": entity},
    "count": {"integer": count, "grouped": large},
    "number": {
        "integer": integer,
        "decimal": decimal,
        "grouped": grouped,
        "negative": negative,
        "scientific": scientific,
        "fraction": fraction,
    },
    "percent": {"percent": percent},
    "date": {"date": date},
    "time": {"time": time},
    "price": {"price": price},
    "version": {"version": version},
    "phone": {"phone": phone},
    "ref": {"reference": reference},
    "measure": {"unit": measure},
    "emoji": {"emoji": emoji},
    "arrow": {"symbol": _one_of("→ ➜ ▶ ⇒ » ► ➔")},
    "mark": {"symbol": _one_of("✓ ✗ ★ ☆ ✔ ♥ ♪ ☑ ⚠ ■ ◆ † § ¶ ※ *")},
    "sign": {"symbol": _one_of("™ ® © ℠")},
    "math": {"symbol": _one_of("≥ ≤ ≈ ≠ ± ∞ > < = ∈ ∝")},
}
"""By slot of a template, the kinds of item that can fill it, each with its maker.

The slots `open` and `close` are filled together, by `tags`.
"""

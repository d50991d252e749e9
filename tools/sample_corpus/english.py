"""English word forms: plurals, articles, possessives, comparison and verb groups with do-support.

The forms are those that the sample grammar needs, without contractions (do not, cannot). Irregular
words missing from these tables come out regular, so check each new word.
"""

import re

PLURAL = {
    "man": "men", "woman": "women", "mouse": "mice", "sheep": "sheep", "knife": "knives",
    "wolf": "wolves", "thief": "thieves", "shelf": "shelves", "scarf": "scarves",
    "potato": "potatoes", "tomato": "tomatoes",
}  # fmt: skip

# Past tense and past participle.
IRREGULAR = {
    "be": ("was", "been"), "have": ("had", "had"), "do": ("did", "done"), "go": ("went", "gone"),
    "eat": ("ate", "eaten"), "drink": ("drank", "drunk"), "buy": ("bought", "bought"),
    "sell": ("sold", "sold"), "read": ("read", "read"), "write": ("wrote", "written"),
    "see": ("saw", "seen"), "find": ("found", "found"), "lose": ("lost", "lost"),
    "break": ("broke", "broken"), "wear": ("wore", "worn"), "cut": ("cut", "cut"),
    "give": ("gave", "given"), "send": ("sent", "sent"), "bring": ("brought", "brought"),
    "show": ("showed", "shown"), "lend": ("lent", "lent"), "tell": ("told", "told"),
    "make": ("made", "made"), "build": ("built", "built"), "draw": ("drew", "drawn"),
    "drive": ("drove", "driven"), "steal": ("stole", "stolen"), "hide": ("hid", "hidden"),
    "choose": ("chose", "chosen"), "forget": ("forgot", "forgotten"), "put": ("put", "put"),
    "know": ("knew", "known"), "understand": ("understood", "understood"),
    "speak": ("spoke", "spoken"), "teach": ("taught", "taught"), "sing": ("sang", "sung"),
    "sleep": ("slept", "slept"), "run": ("ran", "run"), "leave": ("left", "left"),
    "come": ("came", "come"), "fall": ("fell", "fallen"), "swim": ("swam", "swum"),
    "keep": ("kept", "kept"), "pay": ("paid", "paid"),
}  # fmt: skip

# Short adjectives that compare with -er and -est although they do not end in -y.
SHORT_ADJECTIVES = (
    "big", "small", "tall", "short", "long", "old", "new", "young", "rich", "poor", "strong",
    "weak", "fast", "slow", "cheap", "kind", "cold", "hot", "sweet", "fresh", "clean", "dark",
    "quiet", "nice", "light",
)  # fmt: skip
DOUBLED = re.compile(r"^[^aeiou]*[aeiou][^aeiouwxy]$")  # cut -> cutting, big -> bigger
SUBJECTS = ("I", "you", "he", "we", "they")


def pluralize(noun: str) -> str:
    """Return the plural of a noun."""
    if noun in PLURAL:
        return PLURAL[noun]
    return add_s(noun)


def add_s(word: str) -> str:
    """Return the -s of noun plurals and of the third person singular: boxes, cities, boys."""
    if word.endswith(("s", "x", "ch", "sh")) or word in ("go", "do"):
        return word + "es"
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + "s"


def with_determiner(determiner: str, rest: str) -> str:
    """Put a determiner before the rest of a noun phrase; a becomes an before a vowel."""
    if determiner == "a" and rest[0] in "aeiouAEIOU" and not rest.startswith("useful"):
        determiner = "an"
    return f"{determiner} {rest}".strip()


def possessive(owner: str) -> str:
    """Return the possessive: Ana -> Ana's (also Luis's)."""
    return owner + "'s"


def _is_short(adjective: str) -> bool:
    return adjective in SHORT_ADJECTIVES or (adjective.endswith("y") and len(adjective) <= 6)


def _with_suffix(word: str, suffix: str) -> str:
    """Add -er, -est or -ed with the usual spelling changes."""
    if word.endswith("e"):
        return word + suffix[1:]
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "i" + suffix
    return word + (word[-1] if DOUBLED.match(word) else "") + suffix


def comparative(adjective: str) -> str:
    """Return the comparative: tall -> taller, expensive -> more expensive."""
    return _with_suffix(adjective, "er") if _is_short(adjective) else f"more {adjective}"


def superlative(adjective: str) -> str:
    """Return the superlative: tall -> tallest, expensive -> most expensive."""
    return _with_suffix(adjective, "est") if _is_short(adjective) else f"most {adjective}"


def past(verb: str) -> str:
    """Return the simple past of a one-word verb."""
    return IRREGULAR[verb][0] if verb in IRREGULAR else _with_suffix(verb, "ed")


def participle(verb: str) -> str:
    """Return the past participle of a one-word verb."""
    return IRREGULAR[verb][1] if verb in IRREGULAR else _with_suffix(verb, "ed")


def gerund(verb: str) -> str:
    """Return the gerund: buy -> buying, write -> writing, cut -> cutting."""
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith("ee") and verb != "be":
        return verb[:-1] + "ing"
    doubled = verb[-1] if DOUBLED.match(verb) or verb == "forget" else ""
    return verb + doubled + "ing"


def _be(tense: str, person: int) -> str:
    if tense == "present":
        return ("am", "are", "is", "are", "are")[person]
    return ("was", "were", "was", "were", "were")[person]


def _compound(word: str, rest: str, tense: str, person: int) -> tuple[str, str]:
    """Return the tenses that English builds with an auxiliary of their own."""
    if tense in ("future", "conditional"):
        return ("will" if tense == "future" else "would"), f"{word}{rest}"
    if tense == "perfect":
        return ("has" if person == 2 else "have"), participle(word) + rest
    if tense == "pluperfect":
        return "had", participle(word) + rest
    if tense == "near_future":
        return _be("present", person), f"going to {word}{rest}"
    return _be("present" if tense == "progressive" else "past", person), gerund(word) + rest


def verb_group(verb: str, tense: str, person: int, support: bool) -> tuple[str, str]:
    """Return the auxiliary (empty if there is none) and the rest of a verb group.

    The first word of `verb` is inflected, further words stay: look for -> ("", "looks for").
    `support` asks for an auxiliary, as negation and questions do: ("does", "look for"). The tense
    imperfect is the English used to.
    """
    word, space, tail = verb.partition(" ")
    rest = space + tail
    if word == "can":
        return ("can" if tense == "present" else "could"), tail
    if tense == "imperfect":
        return ("did", f"use to {verb}") if support else ("", f"used to {verb}")
    if tense not in ("present", "preterite"):
        return _compound(word, rest, tense, person)
    if word == "be":
        return _be(tense, person), tail
    if support:
        if tense == "preterite":
            return "did", verb
        return ("does" if person == 2 else "do"), verb
    if tense == "preterite":
        return "", past(word) + rest
    if person == 2:
        return "", ("has" if word == "have" else add_s(word)) + rest
    return "", verb

"""Number of examples of a property: few and always the same ones, or many new ones."""

from __future__ import annotations

from hypothesis import settings

THOROUGH = "thorough"
"""Name of the profile of many examples: pytest --hypothesis-profile=thorough."""

settings.register_profile(THOROUGH, deadline=None, max_examples=3000)


def few(count: int) -> settings:
    """Return settings for `count` examples, or for many if the profile is thorough."""
    if settings.get_current_profile_name() == THOROUGH:
        return settings()
    return settings(max_examples=count)

"""Search of one sentence at a time that keeps the trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search_trace import SearchTrace
from seq2seq.translation.constraints import Constraints
from seq2seq.translation.engines.contract import Search


@dataclass(frozen=True)
class TracedSearch(Search):
    """Search that keeps the trace of what it finds.

    Attributes:
        search: The search that does the work.
        traces: Traces so far. A search that found nothing leaves one only if it is the first.
    """

    search: Search
    traces: list[SearchTrace] = field(default_factory=list)

    @classmethod
    def of(cls, search: Search) -> TracedSearch:
        """Return a traced search that works as `search` does."""
        return cls(search.width, search.is_random, search.takes_terms, search)

    def __call__(
        self, sources: Sequence[Sequence[int]], constraints: Constraints, *, attention: bool
    ) -> list[list[Hypothesis]]:
        """Search for translations; see `Search.__call__`."""
        found = []
        for place, source in enumerate(sources):
            trace = self.trace(source, constraints.select([place]), attention=attention)
            found.append(trace.hypotheses)
        return found

    def trace(
        self, source: Sequence[int], constraints: Constraints, *, attention: bool
    ) -> SearchTrace:
        """Search for translations of one sentence; see `Search.trace`."""
        trace = self.search.trace(source, constraints, attention=attention)
        if trace.hypotheses or not self.traces:
            self.traces.append(trace)
        return trace

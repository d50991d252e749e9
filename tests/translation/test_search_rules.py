"""Both engines against the rules of search, on Markov chains: exact where every sequence can be
enumerated, and step by step against the rules in plain Python."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from seq2seq.data.tokenizers.vocabulary import BOS, EOS, UNK
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.translation.engines.contract import Engine
from tests.support import chain_model, search_cases
from tests.support.chain_model import CHOICES, NEVER
from tests.support.examples import few
from tests.support.markov_chain import brute_force
from tests.support.plain_search import PlainSearch, ends_with
from tests.support.search_cases import SENTENCES, Ids, Rules, rules

SEEDS = range(4)
LENGTHS = [4, 2, 3, 4]
WIDE = 700
"""Beam that holds every hypothesis of four tokens."""

LISTED = [[UNK, 4, 5], [UNK, 6, 7], [UNK, 4, 5, 6, 7], [UNK, 7]]
"""Tokens on the shortlist of each sentence."""

MakeEngine = Callable[..., Engine]

engines = pytest.mark.parametrize("name", ["torch", "native"])


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory, native_library: Path) -> MakeEngine:
    """Return a function that makes the engine of a name for chains."""
    directories = map(str, itertools.count())
    root = tmp_path_factory.mktemp("chains")

    def new(
        name: str, logits: Tensor, reads: Tensor | None = None, *, shortlist: bool = False
    ) -> Engine:
        directory = chain_model.save_chains(root / next(directories), logits, reads)
        if shortlist:
            chain_model.save_shortlist(directory, LISTED)
        return search_cases.engine(directory, name, shortlist=shortlist)

    return new


# Every sequence


def searched(
    engine: Engine,
    *,
    attention: bool = False,
    limits: dict[str, Sequence] | None = None,
    **settings: float,
) -> list[list[Hypothesis]]:
    """Search with a beam as wide as the space."""
    decoding = search_cases.decoding(**{"beam": WIDE, "nbest": 8, **settings})
    sources = [chain_model.source(*pair) for pair in enumerate(LENGTHS)]
    constraints = search_cases.constraints(**(limits or {}))
    return engine.search(decoding)(sources, constraints, attention=attention)


def every_sequence(logits: Tensor, alpha: float, longest: Sequence[int]) -> list[list[Hypothesis]]:
    return [
        brute_force(own.double(), length, alpha, NEVER, bos=BOS, eos=EOS)
        for own, length in zip(logits, longest, strict=True)
    ]


def check_best(found: list[list[Hypothesis]], allowed: list[list[Hypothesis]]) -> None:
    """Check that the best of the sequences were found.

    Sequences of the same pairs of tokens score the same, so that tokens are compared by score.
    """
    for ours, every in zip(found, allowed, strict=True):
        wanted = [one.score for one in every[:8]]
        assert [one.score for one in ours] == pytest.approx(wanted, abs=5e-5)
        known = {tuple(one.tokens): one for one in every}
        assert len({tuple(one.tokens) for one in ours}) == len(ours)
        for one in ours:
            same = known[tuple(one.tokens)]
            assert one.score == pytest.approx(same.score, abs=5e-5)
            assert one.log_probability == pytest.approx(same.log_probability, abs=5e-5)


@engines
@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0, 2.0])
def test_a_beam_as_wide_as_the_space_equals_brute_force(
    make: MakeEngine, name: str, alpha: float
) -> None:
    logits = chain_model.random_chains(1)
    found = searched(make(name, logits), length_penalty=alpha)
    check_best(found, every_sequence(logits, alpha, LENGTHS))


@engines
def test_a_wide_beam_with_filters_equals_brute_force(make: MakeEngine, name: str) -> None:
    logits = chain_model.random_chains(2)
    limits = {
        "prefixes": [(4, 5), (), (6,), ()],
        "partial": ["", "", "", "ab"],
        "forbidden": [(5, 6), (7,)],
        "continuing": [4],
    }
    found = searched(
        make(name, logits), length_penalty=0.7, min_length=2, no_repeat_ngram=2, limits=limits
    )

    def fits(sentence: int, tokens: Ids) -> bool:
        pairs = list(itertools.pairwise(tokens))
        begun = limits["prefixes"][sentence]
        after = tokens[len(begun) : len(begun) + 1]
        spelt = "".join(search_cases.SPELLINGS.get(token, "?") for token in tokens)
        return (
            len(tokens) >= 2
            and len(set(pairs)) == len(pairs)
            and (5, 6) not in pairs[max(0, len(begun) - 1) :]
            and 7 not in tokens
            and tokens[: len(begun)] == begun
            and not (begun and after == (4,))
            and spelt.startswith(limits["partial"][sentence])
        )

    every = every_sequence(logits, 0.7, LENGTHS)
    allowed = [
        [one for one in own if fits(sentence, tuple(one.tokens))]
        for sentence, own in enumerate(every)
    ]
    check_best(found, allowed)


@engines
@pytest.mark.parametrize("continuing", [(), (5,)])
def test_a_wide_beam_with_terms_equals_brute_force(
    make: MakeEngine, name: str, continuing: Ids
) -> None:
    logits = chain_model.random_chains(3)
    terms = [[(4,)], [(6, 6)], [(4, 5), (6,)], [(4,), (4, 6)]]
    longest = [2 + sum(map(len, own)) for own in terms]
    sources = [chain_model.source(chain, 2) for chain in range(SENTENCES)]
    constraints = search_cases.constraints(terms=terms, continuing=continuing)
    decoding = search_cases.decoding(beam=1024, nbest=8, length_penalty=0.7)
    found = make(name, logits).search(decoding)(sources, constraints, attention=False)

    def contains(tokens: Ids, term: Ids) -> bool:
        ends = [end for end in range(len(tokens) + 1) if ends_with(tokens[:end], term)]
        return any(end == len(tokens) or tokens[end] not in continuing for end in ends)

    every = every_sequence(logits, 0.7, longest)
    allowed = [
        [one for one in own if all(contains(tuple(one.tokens), term) for term in wanted)]
        for own, wanted in zip(every, terms, strict=True)
    ]
    check_best(found, allowed)


@engines
def test_a_wide_beam_with_a_shortlist_equals_brute_force(make: MakeEngine, name: str) -> None:
    """The softmax is over the tokens on the list."""
    logits = chain_model.random_chains(4)
    found = searched(make(name, logits, shortlist=True), length_penalty=0.7)
    for sentence, own in enumerate(LISTED):
        others = [token for token in range(logits.shape[-1]) if token not in (*own, EOS)]
        logits[sentence, :, others] = float("-inf")
    every = every_sequence(logits, 0.7, LENGTHS)
    check_best(found, [[one for one in own if one.score > float("-inf")] for own in every])


@engines
def test_attention_and_the_coverage_penalty_equal_brute_force(make: MakeEngine, name: str) -> None:
    """The attention of a step depends on the last token: each one has its own."""
    logits = chain_model.random_chains(5)
    reads = chain_model.random_chains(6)
    found = searched(
        make(name, logits, reads), length_penalty=0.7, coverage_penalty=0.6, attention=True
    )
    allowed = []
    for sentence, own in enumerate(every_sequence(logits, 0.7, LENGTHS)):
        source = [*chain_model.source(sentence, LENGTHS[sentence]), EOS]
        scores = reads[sentence][:, source].double()
        weights = scores.softmax(-1)
        for one in found[sentence]:
            expected = weights[[BOS, *one.tokens]]
            assert one.attention is not None
            ours = torch.tensor(one.attention)[:, : len(source)]
            assert torch.allclose(ours.double(), expected, atol=1e-6)
        covered = []
        for one in own:
            received = weights[[BOS, *one.tokens]].sum(0).tolist()
            penalty = 0.6 * sum(math.log(min(share, 1)) for share in received)
            covered.append(Hypothesis(one.tokens, one.score + penalty, one.log_probability))
        allowed.append(sorted(covered, key=lambda one: -one.score))
    check_best(found, allowed)


@engines
@pytest.mark.parametrize("shortlist", [False, True])
def test_a_given_translation_scores_the_sum_of_its_log_probabilities(
    make: MakeEngine, name: str, shortlist: bool
) -> None:
    logits = chain_model.random_chains(7)
    sources = [chain_model.source(chain, 3) for chain in range(SENTENCES)]
    targets = [[4, 4, 1, 7], [], [5], [6, 5, 4]]
    log_p = logits.double().log_softmax(-1)
    expected = [
        sum(float(log_p[chain, a, b]) for a, b in itertools.pairwise([BOS, *target, EOS]))
        for chain, target in enumerate(targets)
    ]
    found = make(name, logits, shortlist=shortlist).score(sources, targets)
    assert found == pytest.approx(expected, abs=2e-5)


# The rules, step by step


def check_rules(
    engine: Engine, logits: Tensor, rule: Rules, listed: Sequence[Sequence[int]]
) -> None:
    """Check that an engine finds what the rules in plain Python find, of the tokens listed."""
    decoding = search_cases.decoding(**rule.settings)
    constraints = rule.constraints
    sources = [chain_model.source(*pair) for pair in enumerate(rule.lengths)]
    found = engine.search(decoding)(sources, constraints, attention=False)
    longest = constraints.max_lengths(decoding, rule.lengths)
    needed = constraints.required_ids()
    for sentence, ours in enumerate(found):
        wanted = PlainSearch(
            scores=logits[sentence].tolist(),
            choices=sorted({*listed[sentence], *needed[sentence]}),
            longest=longest[sentence],
            beam=decoding.beam,
            nbest=decoding.nbest,
            length_penalty=decoding.length_penalty,
            min_length=decoding.min_length,
            no_repeat_ngram=decoding.no_repeat_ngram,
            forbidden=rule.forbidden,
            prefix=rule.prefixes[sentence],
            partial=rule.partial[sentence],
            completions=search_cases.completions,
            terms=rule.terms[sentence],
            continuing=rule.continuing,
        )()
        assert [(one.tokens, one.log_probability) for one in ours] == [
            (one.tokens, one.log_probability) for one in wanted
        ]
        scores = [one.score for one in wanted]
        assert [one.score for one in ours] == pytest.approx(scores, rel=1e-6)


@pytest.fixture(scope="module", params=["torch", "native"])
def exact_engines(request: pytest.FixtureRequest, make: MakeEngine) -> list[Engine]:
    """Return an engine for the chains of each seed."""
    return [make(request.param, chain_model.exact_chains(seed)) for seed in SEEDS]


@pytest.fixture(scope="module", params=["torch", "native"])
def listing_engines(request: pytest.FixtureRequest, make: MakeEngine) -> list[Engine]:
    """Return an engine with a shortlist for the chains of each seed."""
    chains = (chain_model.exact_chains(seed, UNK) for seed in SEEDS)
    return [make(request.param, logits, shortlist=True) for logits in chains]


@pytest.mark.parametrize("alpha", [0.0, 0.7])
def test_a_search_without_constraints_finds_what_the_rules_say(
    exact_engines: list[Engine], alpha: float
) -> None:
    for seed, beam in itertools.product(SEEDS, range(1, 7)):
        settings = {"beam": beam, "nbest": beam, "length_penalty": alpha}
        logits = chain_model.exact_chains(seed)
        rule = Rules(settings, lengths=[2, 3, 5, 7])
        check_rules(exact_engines[seed], logits, rule, [CHOICES] * SENTENCES)


@given(rule=rules(), seed=st.sampled_from(SEEDS))
@few(60)
def test_a_search_finds_what_the_rules_say(
    exact_engines: list[Engine], rule: Rules, seed: int
) -> None:
    """Scores are exact in float32, and there are many ties."""
    logits = chain_model.exact_chains(seed)
    check_rules(exact_engines[seed], logits, rule, [CHOICES] * SENTENCES)


@given(rule=rules(), seed=st.sampled_from(SEEDS))
@few(30)
def test_a_search_with_a_shortlist_finds_what_the_rules_say(
    listing_engines: list[Engine], rule: Rules, seed: int
) -> None:
    """The unknown token has all the probability, and is forbidden."""
    logits = chain_model.exact_chains(seed, UNK)
    rule.forbidden.append((UNK,))
    check_rules(listing_engines[seed], logits, rule, LISTED)

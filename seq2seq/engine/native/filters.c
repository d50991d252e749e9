/* Tokens that are excluded from a translation, depending on its tokens so far. */
#include <math.h>
#include <string.h>

#include "search.h"

/* Checks of what comes from outside */

static int is_ragged(const s2s_ids *rows, int32_t size) {
    if (rows->count < 0 || rows->count > S2S_MAX_POSITIONS)
        return 0;
    if (rows->count == 0)
        return 1;
    if (rows->starts[0] != 0)
        return 0;
    for (int32_t r = 0; r < rows->count; r++)
        if (rows->starts[r + 1] < rows->starts[r] || rows->starts[r + 1] > S2S_MAX_POSITIONS)
            return 0;
    for (int32_t i = 0; i < rows->starts[rows->count]; i++)
        if (rows->ids[i] < 0 || rows->ids[i] >= size)
            return 0;
    return 1;
}

static int has_empty_row(const s2s_ids *rows) {
    for (int32_t r = 0; r < rows->count; r++)
        if (rows->starts[r + 1] == rows->starts[r])
            return 1;
    return 0;
}

static int is_automaton(const s2s_spellings *a, int32_t size) {
    s2s_ids tokens = {a->count, a->tokens, a->starts};
    if (!is_ragged(&tokens, size))
        return 0;
    for (int32_t i = 0; a->count && i < a->starts[a->count]; i++)
        if (a->next[i] < -1 || a->next[i] >= a->count)
            return 0;
    for (int32_t state = 0; state < a->count; state++)
        for (int32_t i = a->starts[state] + 1; i < a->starts[state + 1]; i++)
            if (a->tokens[i] <= a->tokens[i - 1])
                return 0;
    return 1;
}

static int are_terms(const s2s_search *r, int32_t sentences) {
    if (!r->term_starts)
        return r->terms.count == 0;
    if (r->terms.count > S2S_MAX_TERMS)
        return 0;
    if (r->term_starts[0] != 0 || r->term_starts[sentences] != r->terms.count)
        return 0;
    for (int32_t n = 0; n < sentences; n++)
        if (r->term_starts[n + 1] < r->term_starts[n])
            return 0;
    return 1;
}

/* Whether each row of candidates ascends and has the end token. */
static int are_candidates(const s2s_search *r, int32_t size, int32_t sentences) {
    const s2s_ids *rows = &r->candidates;
    if (!is_ragged(rows, size) || (rows->count && rows->count != sentences))
        return 0;
    for (int32_t n = 0; n < rows->count; n++) {
        int ends = 0;
        for (int32_t i = rows->starts[n]; i < rows->starts[n + 1]; i++) {
            if (i > rows->starts[n] && rows->ids[i] <= rows->ids[i - 1])
                return 0;
            ends |= rows->ids[i] == r->eos;
        }
        if (!ends)
            return 0;
    }
    return 1;
}

const char *s2s_refused_rules(const s2s_search *r, const s2s_model *m, int32_t sentences) {
    int32_t size = m->config.target_size;
    if (r->beam < 1 || r->beam > S2S_MAX_BEAM || r->nbest < 1 || r->nbest > r->beam)
        return "the beam or the number of hypotheses is out of range";
    if (!isfinite(r->length_penalty) || !isfinite(r->coverage_penalty))
        return "a penalty is not a finite number";
    if (r->bos < 0 || r->bos >= size || r->eos < 0 || r->eos >= size)
        return "the start or the end token is not in the vocabulary";
    if (!is_ragged(&r->forbidden, size) || has_empty_row(&r->forbidden))
        return "a forbidden phrase is empty or not in the vocabulary";
    if (!is_ragged(&r->prefixes, size) || (r->prefixes.count && r->prefixes.count != sentences))
        return "the prefixes do not fit the sentences";
    if (!is_automaton(&r->spellings, size))
        return "the spellings of partial words are damaged";
    for (int32_t n = 0; r->partial && n < sentences; n++)
        if (r->partial[n] < -1 || r->partial[n] >= r->spellings.count)
            return "a partial word has no spelling";
    if (!is_ragged(&r->terms, size) || has_empty_row(&r->terms) || !are_terms(r, sentences))
        return "the terms do not fit the sentences";
    if (!are_candidates(r, size, sentences))
        return "the candidates do not fit the sentences";
    if (r->terms.count && r->coverage_penalty > 0)
        return "terms cannot be combined with a coverage penalty";
    return NULL;
}

/* Filters */

static int32_t prefix_length(const s2s_search *r, int32_t sentence) {
    return r->prefixes.count ? r->prefixes.starts[sentence + 1] - r->prefixes.starts[sentence] : 0;
}

static int32_t partial_word(const s2s_search *r, int32_t sentence) {
    return r->partial ? r->partial[sentence] : -1;
}

int s2s_has_filters(const s2s_search *r, int32_t sentence) {
    return r->min_length > 0 || r->no_repeat_ngram > 0 || r->forbidden.count > 0 ||
           prefix_length(r, sentence) > 0 || partial_word(r, sentence) >= 0;
}

/* Exclude all tokens but some, which ascend. */
static void keep_only(const int32_t *tokens, int32_t count, float *logits, int32_t size) {
    int32_t i = 0;
    for (int32_t token = 0; token < size; token++) {
        while (i < count && tokens[i] < token)
            i++;
        if (i == count || tokens[i] != token)
            logits[token] = -INFINITY;
    }
}

/* State of a partial word after some tokens, or -1 if it is complete. */
static int32_t spelled(const s2s_spellings *a, int32_t state, const int32_t *tokens, int32_t count) {
    for (int32_t i = 0; i < count && state >= 0; i++) {
        int32_t next = -1;
        for (int32_t e = a->starts[state]; e < a->starts[state + 1]; e++)
            if (a->tokens[e] == tokens[i])
                next = a->next[e];
        state = next;
    }
    return state;
}

/* Exclude tokens that would repeat an n-gram (Paulus et al. 2018). */
static void exclude_repeated(int32_t n, const int32_t *history, int32_t length, float *logits) {
    const int32_t *last = history + length - n + 1;
    size_t size = (size_t)(n - 1) * sizeof *history;
    for (int32_t i = 0; i + n <= length; i++)
        if (memcmp(history + i, last, size) == 0)
            logits[history[i + n - 1]] = -INFINITY;
}

/* Exclude tokens that would complete a phrase. */
static void exclude_phrases(const s2s_ids *phrases, const int32_t *history, int32_t length,
                            float *logits) {
    for (int32_t p = 0; p < phrases->count; p++) {
        const int32_t *phrase = phrases->ids + phrases->starts[p];
        int32_t begun = phrases->starts[p + 1] - phrases->starts[p] - 1;
        if (begun <= length &&
            memcmp(history + length - begun, phrase, (size_t)begun * sizeof *phrase) == 0)
            logits[phrase[begun]] = -INFINITY;
    }
}

void s2s_exclude(const s2s_search *r, int32_t sentence, const int32_t *history, int32_t length,
                 float *logits, int32_t size) {
    int32_t prefix = prefix_length(r, sentence), state = partial_word(r, sentence);
    int is_partial = state >= 0;
    if (length < prefix) {
        keep_only(r->prefixes.ids + r->prefixes.starts[sentence] + length, 1, logits, size);
        return;
    }
    state = spelled(&r->spellings, state, history + prefix, length - prefix);
    if (state >= 0) {
        int32_t first = r->spellings.starts[state];
        keep_only(r->spellings.tokens + first, r->spellings.starts[state + 1] - first, logits, size);
        return;
    }
    if (length < r->min_length)
        logits[r->eos] = -INFINITY;
    if (r->no_repeat_ngram > 0 && length >= r->no_repeat_ngram)
        exclude_repeated(r->no_repeat_ngram, history, length, logits);
    exclude_phrases(&r->forbidden, history, length, logits);
    if (length == prefix && length > 0 && !is_partial && r->continues)
        for (int32_t token = 0; token < size; token++)
            if (r->continues[token])
                logits[token] = -INFINITY;
}

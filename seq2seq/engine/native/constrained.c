/* Beam search with terms, by dynamic beam allocation (Post and Vilar 2018): the beam is divided among
 * the hypotheses that have met 0, 1, 2 and more tokens of the terms. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search.h"

/* A token that may extend a row. */
typedef struct {
    double total; /* log-probability with the token */
    int32_t place; /* in the order in which the options were found */
    int32_t row, token, met;
    int status; /* see s2s_status; dropped, until it is chosen */
} option;

typedef struct {
    s2s_beam b;
    s2s_candidate *best, *new; /* (beam + 1), best tokens of a row, and best that start a word */
    float *fresh;          /* logits without the tokens that continue a word */
    option *options;       /* of a sentence, best first */
    int32_t option_count, option_room;
} constrained_search;

/* Terms of a sentence, of the caller's order */
typedef struct {
    const s2s_ids *all;
    int32_t first, end;
    const uint8_t *continues;
} terms_of;

static int32_t size_of(const terms_of *t, int32_t term) {
    return t->all->starts[term + 1] - t->all->starts[term];
}

static const int32_t *ids_of(const terms_of *t, int32_t term) {
    return t->all->ids + t->all->starts[term];
}

static int32_t total_size(const terms_of *t) {
    return t->all->starts[t->end] - t->all->starts[t->first];
}

static int stands_at(const int32_t *tokens, const int32_t *term, int32_t size) {
    return memcmp(tokens, term, (size_t)size * sizeof *term) == 0;
}

/* Whether tokens contain a term that no token after it continues. */
static int holds(const terms_of *t, int32_t term, const int32_t *tokens, int32_t length) {
    int32_t size = size_of(t, term);
    for (int32_t end = size; end <= length; end++)
        if (stands_at(tokens + end - size, ids_of(t, term), size) &&
            (end == length || !t->continues || !t->continues[tokens[end]]))
            return 1;
    return 0;
}

/* Length of the longest beginning of a term, but for the whole, with which the tokens end. */
static int32_t begun(const terms_of *t, int32_t term, const int32_t *tokens, int32_t length) {
    int32_t size = size_of(t, term) - 1;
    for (size = size < length ? size : length; size > 0; size--)
        if (stands_at(tokens + length - size, ids_of(t, term), size))
            return size;
    return 0;
}

/* Number of tokens of the terms that a hypothesis has met. */
static int32_t tokens_met(const terms_of *t, const int32_t *tokens, int32_t length) {
    int32_t met = 0, most = 0;
    for (int32_t term = t->first; term < t->end; term++) {
        if (holds(t, term, tokens, length)) {
            met += size_of(t, term);
            continue;
        }
        int32_t size = begun(t, term, tokens, length);
        most = size > most ? size : most;
    }
    return met + most;
}

/* Whether tokens end with a term, so that the next one must start a word. */
static int ends_with_term(const terms_of *t, const int32_t *tokens, int32_t length) {
    for (int32_t term = t->first; term < t->end; term++) {
        int32_t size = size_of(t, term);
        if (size <= length && stands_at(tokens + length - size, ids_of(t, term), size))
            return 1;
    }
    return 0;
}

/* Add a token that may extend a row, unless it is there; `first` is the row's first option. */
static void add_option(constrained_search *s, int32_t first, int32_t row, int32_t token,
                       double score) {
    for (int32_t i = first; i < s->option_count; i++)
        if (s->options[i].token == token)
            return;
    double total = s->b.sums[row] + score;
    if (total > -INFINITY && s->option_count < s->option_room) {
        s->options[s->option_count] = (option){total, s->option_count, row, token, 0, 0};
        s->option_count++;
    }
}

/* Add the best tokens of a row that start a word. */
static void add_new_words(constrained_search *s, int32_t first, int32_t row, float total) {
    const s2s_call *c = s->b.c;
    const s2s_search *rules = s->b.rules;
    int32_t size = c->model->config.target_size;
    const float *logits = c->by_id;
    float unused;
    for (int32_t token = 0; token < size; token++)
        s->fresh[token] = rules->continues && rules->continues[token] ? -INFINITY : logits[token];
    int32_t found = c->ops->best(s->fresh, size, (s2s_forbidden){rules->bos, rules->first_forbidden},
                                 rules->beam + 1, s->new, &unused);
    for (int32_t i = 0; i < found; i++)
        add_option(s, first, row, s->new[i].token, (double)(s->new[i].score - total));
}

/* Add the tokens that advance a term which is missing: its first one, and that after its beginning. */
static void add_terms(constrained_search *s, const terms_of *t, int32_t first, int32_t row,
                      int32_t length, float total) {
    const float *logits = s->b.c->by_id;
    for (int32_t term = t->first; term < t->end; term++) {
        if (holds(t, term, s->b.c->history, length))
            continue;
        const int32_t *ids = ids_of(t, term);
        int32_t next = ids[begun(t, term, s->b.c->history, length)];
        add_option(s, first, row, ids[0], (double)(logits[ids[0]] - total));
        add_option(s, first, row, next, (double)(logits[next] - total));
    }
}

/* Best options first; equal ones in the order in which they were found. */
static int by_total(const void *a, const void *b) {
    const option *first = a, *second = b;
    if (first->total != second->total)
        return first->total > second->total ? -1 : 1;
    return first->place < second->place ? -1 : 1;
}

/* Collect the tokens that may extend a row. */
static void collect_row(constrained_search *s, const terms_of *t, int32_t row, int ends) {
    const s2s_beam *b = &s->b;
    int32_t *history = b->c->history, first = s->option_count;
    float total;
    int32_t found =
        s2s_continuations(b->c, b->rules, &b->t, row, ends, b->rules->beam + 1, 1, s->best, &total);
    int32_t length = s2s_history(&b->t, row, history);
    if (!ends && ends_with_term(t, history, length))
        add_new_words(s, first, row, total);
    for (int32_t i = 0; i < found; i++)
        add_option(s, first, row, s->best[i].token, s->best[i].score);
    if (!ends)
        add_terms(s, t, first, row, length, total);
    for (int32_t i = first; i < s->option_count; i++) {
        history[length] = s->options[i].token;
        s->options[i].met = tokens_met(t, history, length + 1);
    }
}

/* Add the hypotheses of a sentence that end at this step. */
static void collect_ended(constrained_search *s, const terms_of *t, int32_t sentence) {
    s2s_beam *b = &s->b;
    int32_t complete = 0;
    for (int32_t i = 0; i < s->option_count && complete < b->rules->beam; i++) {
        option *one = &s->options[i];
        if (one->met != total_size(t))
            continue;
        complete++;
        if (one->token != b->rules->eos)
            continue;
        one->status = S2S_FINISHED;
        s2s_hypothesis h = {.log_probability = (float)one->total};
        b->done &= s2s_hypothesis_of(b->c, &b->t, one->row, sentence, &h);
        h.score = (float)(one->total / s2s_length_penalty(h.length + 1, b->rules->length_penalty));
        s2s_insert(&b->lists[sentence], h, b->rules->nbest);
    }
}

/* Choose the options of the new rows. The options that have met the same number of tokens form a
 * bank, and the banks take turns, beginning with the one that has met all of them. */
static int32_t allocate(constrained_search *s) {
    int32_t chosen = 0, bank = INT32_MAX;
    while (chosen < s->b.rules->beam) {
        option *best = NULL; /* of the next bank that has any left */
        for (int32_t i = 0; i < s->option_count; i++) {
            option *one = &s->options[i];
            if (one->status == S2S_DROPPED && one->token != s->b.rules->eos && one->met < bank &&
                (!best || one->met > best->met))
                best = one;
        }
        if (!best && bank == INT32_MAX)
            break;
        bank = best ? best->met : INT32_MAX;
        if (best) {
            best->status = S2S_KEPT;
            chosen++;
        }
    }
    return chosen;
}

/* Record the best options of a step, and all that are kept or finished; `goes_on` is 0 if the search
 * ends here. */
static void record_options(const constrained_search *s, int goes_on) {
    for (int32_t i = 0; i < s->option_count; i++) {
        const option *one = &s->options[i];
        int status = one->status == S2S_KEPT && !goes_on ? S2S_DROPPED : one->status;
        if (status != S2S_DROPPED || i < 2 * s->b.rules->beam)
            s2s_record_node(s->b.c->recorder, one->row, one->token, status, one->total);
    }
}

/* Choose the next rows of a sentence. */
static void choose(s2s_beam *b, int32_t index) {
    constrained_search *s = (constrained_search *)b;
    const s2s_search *rules = b->rules;
    int32_t n = b->live[index], sentence = b->c->order[n];
    terms_of terms = {&rules->terms, rules->term_starts[sentence], rules->term_starts[sentence + 1],
                      rules->continues};
    s->option_count = 0;
    for (int32_t row = b->first[index]; row < b->first[index + 1]; row++)
        collect_row(s, &terms, row, b->t.count > b->longest[sentence]);
    qsort(s->options, (size_t)s->option_count, sizeof *s->options, by_total);
    collect_ended(s, &terms, n);
    int goes_on = allocate(s) > 0;
    const option *one = s->options;
    while (goes_on && one->status != S2S_KEPT)
        one++;
    goes_on = goes_on && !s2s_is_hopeless(b, n, one->total);
    if (b->c->recorder)
        record_options(s, goes_on);
    for (; goes_on && one < s->options + s->option_count; one++)
        if (one->status == S2S_KEPT)
            s2s_extend(b, one->row, one->token, one->total);
}

/* Number of options that a sentence may have. */
static int32_t most_options(const s2s_search *rules, int32_t sentences) {
    int32_t most = 0;
    for (int32_t n = 0; n < sentences; n++) {
        int32_t terms = rules->term_starts[n + 1] - rules->term_starts[n];
        most = terms > most ? terms : most;
    }
    return rules->beam * (2 * (rules->beam + 1) + 2 * most);
}

int s2s_constrained(s2s_call *c, const s2s_search *rules, const int32_t *longest,
                    s2s_best_list *lists) {
    size_t width = (size_t)rules->beam;
    constrained_search s = {.b = {.c = c, .rules = rules, .longest = longest, .lists = lists},
                            .option_room = most_options(rules, c->source.count)};
    s.best = s2s_zeros(width + 1, sizeof *s.best);
    s.new = s2s_zeros(width + 1, sizeof *s.new);
    s.fresh = s2s_zeros((size_t)c->outputs, sizeof *s.fresh);
    s.options = s2s_zeros((size_t)s.option_room, sizeof *s.options);
    int done = s.best && s.new && s.fresh && s.options && s2s_search_beam(&s.b, choose);
    void *blocks[] = {s.best, s.new, s.fresh, s.options};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    return done;
}

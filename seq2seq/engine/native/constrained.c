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
    int chosen;
} option;

typedef struct {
    s2s_call *c;
    const s2s_search *rules;
    const int32_t *longest;
    s2s_best_list *lists;
    s2s_trace t;
    int32_t *live, count;  /* sentences that go on */
    double *sums;          /* (count * beam), -infinity for rows that hold nothing */
    int32_t *from;         /* rows that the new ones continue */
    s2s_candidate *best, *new; /* (beam + 1), best tokens of a row, and best that start a word */
    float *fresh;          /* logits without the tokens that continue a word */
    option *options;       /* of a sentence, best first */
    int32_t option_count, option_room;
    int done;
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
    double total = s->sums[row] + score;
    if (total > -INFINITY && s->option_count < s->option_room) {
        s->options[s->option_count] = (option){total, s->option_count, row, token, 0, 0};
        s->option_count++;
    }
}

/* Add the best tokens of a row that start a word. */
static void add_new_words(constrained_search *s, int32_t first, int32_t row, float total) {
    const s2s_call *c = s->c;
    const s2s_search *rules = s->rules;
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
    const float *logits = s->c->by_id;
    for (int32_t term = t->first; term < t->end; term++) {
        if (holds(t, term, s->c->history, length))
            continue;
        const int32_t *ids = ids_of(t, term);
        int32_t next = ids[begun(t, term, s->c->history, length)];
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

/* Collect the tokens that may extend the rows of a sentence, best first. */
static void collect_options(constrained_search *s, const terms_of *t, int32_t first_row, int ends) {
    int32_t *history = s->c->history;
    s->option_count = 0;
    for (int32_t row = first_row; row < first_row + s->rules->beam; row++) {
        if (s->sums[row] == -INFINITY)
            continue;
        int32_t first = s->option_count;
        float total;
        int32_t found = s2s_continuations(s->c, s->rules, &s->t, row, ends, s->rules->beam + 1, 1,
                                          s->best, &total);
        int32_t length = s2s_history(&s->t, row, history);
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
    qsort(s->options, (size_t)s->option_count, sizeof *s->options, by_total);
}

/* Add the hypotheses of a sentence that end at this step. */
static void collect_ended(constrained_search *s, const terms_of *t, int32_t sentence) {
    const s2s_search *rules = s->rules;
    int32_t complete = 0;
    for (int32_t i = 0; i < s->option_count && complete < rules->beam; i++) {
        const option *one = &s->options[i];
        if (one->met != total_size(t))
            continue;
        complete++;
        if (one->token != rules->eos)
            continue;
        s2s_hypothesis h = {.log_probability = (float)one->total};
        s->done &= s2s_hypothesis_of(s->c, &s->t, one->row, sentence, &h);
        h.score = (float)(one->total / s2s_length_penalty(h.length + 1, rules->length_penalty));
        s2s_insert(&s->lists[sentence], h, rules->nbest);
    }
}

/* Choose the options of the new rows. The options that have met the same number of tokens form a
 * bank, and the banks take turns, beginning with the one that has met all of them. */
static int32_t allocate(constrained_search *s) {
    int32_t chosen = 0, bank = INT32_MAX;
    while (chosen < s->rules->beam) {
        option *best = NULL; /* of the next bank that has any left */
        for (int32_t i = 0; i < s->option_count; i++) {
            option *one = &s->options[i];
            if (!one->chosen && one->token != s->rules->eos && one->met < bank &&
                (!best || one->met > best->met))
                best = one;
        }
        if (!best && bank == INT32_MAX)
            break;
        bank = best ? best->met : INT32_MAX;
        if (best) {
            best->chosen = 1;
            chosen++;
        }
    }
    return chosen;
}

/* Choose the rows of a sentence; `left` is its place among the sentences that go on. */
static int choose(constrained_search *s, int32_t index, int32_t left, s2s_trace_step *step,
                  double *sums) {
    const s2s_search *rules = s->rules;
    int32_t n = s->live[index], sentence = s->c->order[n], kept = 0;
    terms_of terms = {&rules->terms, rules->term_starts[sentence], rules->term_starts[sentence + 1],
                      rules->continues};
    collect_options(s, &terms, index * rules->beam, s->t.count > s->longest[sentence]);
    collect_ended(s, &terms, n);
    if (!allocate(s))
        return 0;
    for (int32_t i = 0; i < s->option_count; i++) {
        if (!s->options[i].chosen)
            continue;
        int32_t row = left * rules->beam + kept++;
        sums[row] = s->options[i].total;
        s->from[row] = step->parents[row] = s->options[i].row;
        step->tokens[row] = s->options[i].token;
    }
    if (s2s_is_finished(s->c, rules, &s->lists[n], s->longest, n, sums[left * rules->beam]))
        return 0;
    for (; kept < rules->beam; kept++) {
        int32_t row = left * rules->beam + kept;
        sums[row] = -INFINITY;
        s->from[row] = step->parents[row] = index * rules->beam;
        step->tokens[row] = rules->bos;
    }
    return 1;
}

/* Take one step of all sentences, and drop those that are finished. */
static void advance(constrained_search *s, double *sums) {
    int32_t beam = s->rules->beam, rows = s->count * beam, left = 0;
    s2s_call *c = s->c;
    s2s_take_step(c, rows);
    s2s_trace_step *step =
        s2s_add_step(&s->t, rows, s->rules->attention ? c->attention : NULL, c->wide);
    if (!step) {
        s->done = 0;
        return;
    }
    for (int32_t i = 0; i < s->count; i++) {
        int32_t n = s->live[i];
        if (choose(s, i, left, step, sums))
            s->live[left++] = n;
    }
    s->count = left;
    rows = left * beam;
    for (int32_t r = 0; r < rows; r++) {
        c->tokens[r] = step->tokens[r];
        c->sentence[r] = s->live[r / beam];
        s->sums[r] = sums[r];
    }
    s2s_select_rows(c, s->from, rows);
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
    size_t width = (size_t)rules->beam, rows = (size_t)c->stride;
    constrained_search s = {.c = c, .rules = rules, .longest = longest, .lists = lists, .done = 1,
                            .count = c->source.count,
                            .option_room = most_options(rules, c->source.count)};
    double *sums = s2s_zeros(rows, sizeof *sums);
    s.live = s2s_zeros((size_t)s.count, sizeof *s.live);
    s.sums = s2s_zeros(rows, sizeof *s.sums);
    s.from = s2s_zeros(rows, sizeof *s.from);
    s.best = s2s_zeros(width + 1, sizeof *s.best);
    s.new = s2s_zeros(width + 1, sizeof *s.new);
    s.fresh = s2s_zeros((size_t)c->outputs, sizeof *s.fresh);
    s.options = s2s_zeros((size_t)s.option_room, sizeof *s.options);
    s.done = sums && s.live && s.sums && s.from && s.best && s.new && s.fresh && s.options;
    for (size_t r = 0; s.done && r < rows; r++) {
        s.live[r / width] = (int32_t)(r / width);
        s.sums[r] = r % width ? -INFINITY : 0;
        s.from[r] = c->sentence[r] = (int32_t)(r / width);
        c->tokens[r] = rules->bos;
    }
    if (s.done)
        s2s_select_rows(c, s.from, (int32_t)rows);
    while (s.done && s.count)
        advance(&s, sums);
    s2s_free_trace(&s.t);
    void *blocks[] = {sums, s.live, s.sums, s.from, s.best, s.new, s.fresh, s.options};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    return s.done;
}

/* Greedy search and beam search. The rules are those of docs/reference/search-rules.md. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "search.h"

/* Penalties */

double s2s_length_penalty(int32_t length, float alpha) { return pow((5.0 + length) / 6.0, alpha); }

/* GNMT's coverage penalty of a hypothesis, at most 0. */
static float coverage_penalty(const s2s_hypothesis *h, int32_t source, float beta) {
    double total = 0;
    for (int32_t s = 0; s < source; s++) {
        float received = 0;
        for (int32_t i = 0; i <= h->length; i++)
            received += h->attention[(size_t)i * (size_t)source + (size_t)s];
        if (received > 0)
            total += log(received < 1 ? received : 1);
    }
    return (float)(beta * total);
}

int s2s_is_finished(const s2s_call *c, const s2s_search *rules, const s2s_best_list *list,
                    const int32_t *longest, int32_t sentence, double best) {
    double penalty = s2s_length_penalty(longest[c->order[sentence]] + 1, rules->length_penalty);
    return list->count == rules->nbest && list->found[list->count - 1].score >= best / penalty;
}

/* The best candidates of a row, by id. */
static int32_t best_candidates(s2s_call *c, int32_t row, int32_t count, s2s_candidate *best,
                               float *total) {
    int32_t n = c->sentence[row], first = c->candidates->starts[c->order[n]];
    int32_t own = c->candidates->starts[c->order[n] + 1] - first;
    const float *logits =
        c->logits + s2s_row_logits(c->own_outputs, row, c->width, c->outputs, n);
    c->listed[0] = -INFINITY; /* the place of padding, which is never chosen */
    memcpy(c->listed + 1, logits, (size_t)own * sizeof *logits);
    s2s_forbidden nothing = {-1, INT32_MAX};
    int32_t found = c->ops->best(c->listed, own + 1, nothing, count, best, total);
    for (int32_t i = 0; i < found; i++)
        best[i].token = c->candidates->ids[first + best[i].token - 1];
    return found;
}

/* Spread the logits of a row's candidates over all ids. */
static float *spread_candidates(s2s_call *c, int32_t row) {
    int32_t sentence = c->order[c->sentence[row]], first = c->candidates->starts[sentence];
    for (int32_t token = 0; token < c->outputs; token++)
        c->full[token] = -INFINITY;
    for (int32_t i = first; i < c->candidates->starts[sentence + 1]; i++)
        c->full[c->candidates->ids[i]] = c->listed[1 + i - first];
    return c->full;
}

int32_t s2s_continuations(s2s_call *c, const s2s_search *rules, const s2s_trace *t, int32_t row,
                          int ends, int32_t count, int by_id, s2s_candidate *best, float *total) {
    float *logits = c->logits + (size_t)row * (size_t)c->outputs;
    int32_t size = c->model->config.target_size, sentence = c->order[c->sentence[row]];
    int filtered = !ends && s2s_has_filters(rules, sentence);
    s2s_forbidden forbidden = {rules->bos, rules->first_forbidden};
    int32_t found = c->candidates ? best_candidates(c, row, count, best, total)
                                  : c->ops->best(logits, size, forbidden, count, best, total);
    if (c->candidates && (by_id || filtered || ends || !found))
        logits = spread_candidates(c, row);
    float end = c->candidates && logits != c->full ? 0 : logits[rules->eos];
    if (filtered) {
        float unused;
        s2s_exclude(rules, sentence, c->history, s2s_history(t, row, c->history), logits, size);
        found = c->ops->best(logits, size, forbidden, count, best, &unused);
    }
    if (ends || !found) {
        best[0] = (s2s_candidate){end, row, rules->eos};
        found = 1;
    }
    for (int32_t i = 0; i < found; i++) {
        best[i].score -= *total;
        best[i].row = row;
    }
    c->by_id = logits;
    return found;
}

/* Greedy search */

static int greedy(s2s_call *c, const s2s_search *rules, const int32_t *longest, s2s_best_list *lists) {
    int32_t live = c->source.count, done = 1;
    float *sums = s2s_zeros((size_t)live, sizeof *sums);
    int32_t *kept = s2s_zeros((size_t)live, sizeof *kept);
    s2s_trace t = {NULL, 0, 0};
    for (int32_t n = 0; n < live; n++) {
        c->tokens[n] = rules->bos;
        c->sentence[n] = n;
    }
    while (sums && kept && live && done) {
        s2s_take_step(c, live);
        s2s_trace_step *step = s2s_add_step(&t, live, rules->attention ? c->attention : NULL, c->wide);
        int32_t left = 0;
        for (int32_t r = 0; step && r < live; r++) {
            int32_t n = c->sentence[r];
            s2s_candidate best;
            float total;
            int ends = t.count > longest[c->order[n]];
            s2s_continuations(c, rules, &t, r, ends, 1, 0, &best, &total);
            sums[r] += best.score;
            if (best.token == rules->eos) {
                s2s_hypothesis h = {.score = sums[r], .log_probability = sums[r]};
                done &= s2s_hypothesis_of(c, &t, r, n, &h);
                s2s_insert(&lists[n], h, 1);
                continue;
            }
            kept[left] = r;
            sums[left] = sums[r];
            c->tokens[left] = step->tokens[left] = best.token;
            step->parents[left] = r;
            c->sentence[left++] = n;
        }
        done &= step != NULL;
        s2s_select_rows(c, kept, left);
        live = left;
    }
    done &= sums && kept;
    s2s_free_trace(&t);
    free(sums);
    free(kept);
    return done;
}

/* Beam search */

/* Rows of a beam search, which are the same number for each live sentence. */
typedef struct {
    s2s_call *c;
    const s2s_search *rules;
    const int32_t *longest;
    s2s_best_list *lists;
    s2s_trace t;
    int32_t *live, count; /* sentences that go on */
    float *sums;          /* (count * beam), -infinity for rows that hold nothing */
    int32_t *from;        /* rows that the new ones continue */
    s2s_candidate *found, *sorted;
    int done;
} beam_search;

static int before(const s2s_candidate *a, const s2s_candidate *b) { return a->score > b->score; }

/* Collect the best continuations of a sentence, best first; equal ones keep their order. */
static int32_t gather(beam_search *s, int32_t first, int ends) {
    int32_t beam = s->rules->beam, count = 0;
    for (int32_t b = 0; b < beam; b++) {
        int32_t row = first + b;
        if (s->sums[row] == -INFINITY)
            continue;
        float total;
        int32_t found =
            s2s_continuations(s->c, s->rules, &s->t, row, ends, beam + 1, 0, s->found, &total);
        for (int32_t i = 0; i < found; i++) {
            s2s_candidate one = s->found[i];
            one.score += s->sums[row];
            int32_t place = count < 2 * beam ? count++ : 2 * beam;
            if (place == 2 * beam && !before(&one, &s->sorted[--place]))
                continue;
            for (; place > 0 && before(&one, &s->sorted[place - 1]); place--)
                s->sorted[place] = s->sorted[place - 1];
            s->sorted[place] = one;
        }
    }
    return count;
}

/* Add a hypothesis that ends to the list of its sentence. */
static void finish(beam_search *s, const s2s_candidate *one, int32_t sentence) {
    const s2s_search *rules = s->rules;
    s2s_hypothesis h = {.log_probability = one->score};
    s->done &= s2s_hypothesis_of(s->c, &s->t, one->row, sentence, &h);
    h.score = (float)(one->score / s2s_length_penalty(h.length + 1, rules->length_penalty));
    if (rules->coverage_penalty > 0 && h.attention)
        h.score += coverage_penalty(&h, s->c->lengths[sentence], rules->coverage_penalty);
    s2s_insert(&s->lists[sentence], h, rules->nbest);
}

/* Choose the rows of a sentence; `left` is its place among the sentences that go on. */
static int choose(beam_search *s, int32_t index, int32_t left, s2s_trace_step *step, float *sums) {
    const s2s_search *rules = s->rules;
    int32_t beam = rules->beam, n = s->live[index], kept = 0, eos = rules->eos;
    int ends = s->t.count > s->longest[s->c->order[n]];
    int32_t count = gather(s, index * beam, ends);
    for (int32_t i = 0; i < count && i < beam; i++)
        if (s->sorted[i].token == eos)
            finish(s, &s->sorted[i], n);
    for (int32_t i = 0; i < count && kept < beam; i++) {
        if (s->sorted[i].token == eos)
            continue;
        int32_t row = left * beam + kept++;
        sums[row] = s->sorted[i].score;
        s->from[row] = step->parents[row] = s->sorted[i].row;
        step->tokens[row] = s->sorted[i].token;
    }
    if (!kept || s2s_is_finished(s->c, rules, &s->lists[n], s->longest, n, sums[left * beam]))
        return 0;
    for (; kept < beam; kept++) {
        int32_t row = left * beam + kept;
        sums[row] = -INFINITY;
        s->from[row] = step->parents[row] = index * beam;
        step->tokens[row] = s->rules->bos;
    }
    return 1;
}

/* Take one step of all sentences, and drop those that are finished. */
static void advance(beam_search *s, float *sums) {
    int32_t beam = s->rules->beam, rows = s->count * beam, left = 0;
    s2s_call *c = s->c;
    int attention = s->rules->attention || s->rules->coverage_penalty > 0;
    s2s_take_step(c, rows);
    s2s_trace_step *step = s2s_add_step(&s->t, rows, attention ? c->attention : NULL, c->wide);
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

static int beam(s2s_call *c, const s2s_search *rules, const int32_t *longest, s2s_best_list *lists) {
    size_t width = (size_t)rules->beam, rows = (size_t)c->stride;
    beam_search s = {.c = c, .rules = rules, .longest = longest, .lists = lists, .done = 1,
                     .count = c->source.count};
    float *sums = s2s_zeros(rows, sizeof *sums);
    s.live = s2s_zeros((size_t)s.count, sizeof *s.live);
    s.sums = s2s_zeros(rows, sizeof *s.sums);
    s.from = s2s_zeros(rows, sizeof *s.from);
    s.found = s2s_zeros(width + 1, sizeof *s.found);
    s.sorted = s2s_zeros(2 * width, sizeof *s.sorted);
    s.done = sums && s.live && s.sums && s.from && s.found && s.sorted;
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
    void *blocks[] = {sums, s.live, s.sums, s.from, s.found, s.sorted};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    return s.done;
}

/* The functions of the interface */

static int search(s2s_call *c, const s2s_search *rules, const int32_t *longest,
                  s2s_best_list *lists) {
    if (rules->terms.count)
        return s2s_constrained(c, rules, longest, lists);
    return rules->beam == 1 ? greedy(c, rules, longest, lists) : beam(c, rules, longest, lists);
}

static int32_t most_tokens(const int32_t *longest, int32_t count) {
    int32_t most = 0;
    for (int32_t n = 0; n < count; n++)
        most = longest[n] > most ? longest[n] : most;
    return most;
}

int s2s_translate(const s2s_model *model, int32_t count, const int32_t *ids, const int32_t *starts,
                  const int32_t *longest, const s2s_search *rules, s2s_result *result, char *error,
                  size_t error_size) {
    memset(result, 0, sizeof *result);
    const char *reason = s2s_refused(count, ids, starts, model->config.source_size);
    if (!reason)
        reason = s2s_refused_rules(rules, model, count);
    if (!reason)
        reason = s2s_too_large(model, count, starts, longest, rules);
    if (reason)
        return s2s_fail(error, error_size, reason);
    s2s_call c;
    s2s_best_list *lists = NULL;
    int done = s2s_open_call(&c, model, count, ids, starts, rules->beam) &&
               (lists = s2s_new_lists(count, rules->nbest)) != NULL;
    if (done)
        c.history = s2s_zeros((size_t)most_tokens(longest, count) + 2, sizeof(int32_t));
    done = done && c.history && s2s_use_candidates(&c, &rules->candidates) && search(&c, rules, longest, lists) &&
           s2s_hand_over(&c, lists, result);
    s2s_free_lists(lists, count);
    s2s_close_call(&c);
    return done ? 0 : s2s_fail(error, error_size, "there is not enough memory");
}

void s2s_free(s2s_result *result) {
    for (int32_t i = 0; i < result->count; i++)
        s2s_free_hypothesis(&result->hypotheses[i]);
    free(result->hypotheses);
    memset(result, 0, sizeof *result);
}

/* Greedy search and beam search. The rules are those of docs/reference/search-rules.md. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "search.h"

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

/* The best candidates of a row, by id. */
static int32_t best_candidates(s2s_call *c, int32_t row, int32_t count, s2s_candidate *best,
                               float *total) {
    int32_t n = c->sentence[row], first = c->candidates->starts[c->order[n]];
    int32_t own = c->candidates->starts[c->order[n] + 1] - first;
    const float *logits =
        c->logits + s2s_row_logits(&c->own_outputs[n], row, c->leader[row], c->outputs);
    c->listed[0] = -INFINITY; /* the place of padding, which is never chosen */
    memcpy(c->listed + 1, logits, (size_t)own * sizeof *logits);
    s2s_forbidden nothing = {-1, INT32_MAX};
    int32_t found = c->ops->best(c->listed, own + 1, nothing, count, best, total);
    for (int32_t i = 0; i < found; i++)
        best[i].token = c->candidates->ids[first + best[i].token - 1];
    return found;
}

int32_t s2s_likely(s2s_call *c, const s2s_search *rules, int32_t row, int32_t count,
                   s2s_candidate *best, float *total) {
    if (c->candidates)
        return best_candidates(c, row, count, best, total);
    s2s_forbidden forbidden = {rules->bos, rules->first_forbidden};
    return c->ops->best(c->logits + (size_t)row * (size_t)c->outputs, c->model->config.target_size,
                        forbidden, count, best, total);
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
    int32_t found = s2s_likely(c, rules, row, count, best, total);
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
        c->sentence[n] = c->leader[n] = n;
    }
    while (sums && kept && live && done) {
        s2s_take_step(c, live);
        const float *attention = s2s_attention(c, rules->attention);
        s2s_trace_step *step = s2s_add_step(&t, live, live, attention, c->wide);
        int32_t left = 0;
        for (int32_t r = 0; step && r < live; r++) {
            int32_t n = c->sentence[r];
            s2s_candidate best;
            float total;
            int ends = t.count > longest[c->order[n]];
            s2s_continuations(c, rules, &t, r, ends, 1, 0, &best, &total);
            sums[r] += best.score;
            if (c->recorder)
                s2s_record_node(c->recorder, r, best.token,
                                best.token == rules->eos ? S2S_FINISHED : S2S_KEPT, sums[r]);
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
            c->leader[left] = left;
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

typedef struct {
    s2s_beam b;
    s2s_candidate *found, *sorted;
} plain_beam;

static int before(const s2s_candidate *a, const s2s_candidate *b) { return a->score > b->score; }

/* Collect the best continuations of a sentence, best first; equal ones keep their order. */
static int32_t gather(plain_beam *s, int32_t index, int ends) {
    const s2s_beam *b = &s->b;
    int32_t beam = b->rules->beam, count = 0;
    for (int32_t row = b->first[index]; row < b->first[index + 1]; row++) {
        float total, sum = (float)b->sums[row];
        int32_t found =
            s2s_continuations(b->c, b->rules, &b->t, row, ends, beam + 1, 0, s->found, &total);
        for (int32_t i = 0; i < found; i++) {
            s2s_candidate one = s->found[i];
            one.score += sum;
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
static void finish(s2s_beam *b, const s2s_candidate *one, int32_t sentence) {
    const s2s_search *rules = b->rules;
    s2s_hypothesis h = {.log_probability = one->score};
    b->done &= s2s_hypothesis_of(b->c, &b->t, one->row, sentence, &h);
    h.score = (float)(one->score / s2s_length_penalty(h.length + 1, rules->length_penalty));
    if (rules->coverage_penalty > 0 && h.attention)
        h.score += coverage_penalty(&h, b->c->lengths[sentence], rules->coverage_penalty);
    s2s_insert(&b->lists[sentence], h, rules->nbest);
}

/* Record the candidates of a step; the best ones that do not end are the `kept` new rows. */
static void record_choice(const plain_beam *s, int32_t count, int32_t kept) {
    for (int32_t i = 0; i < count; i++) {
        const s2s_candidate *one = &s->sorted[i];
        int ends = one->token == s->b.rules->eos, status = S2S_DROPPED;
        if (ends && i < s->b.rules->beam)
            status = S2S_FINISHED;
        else if (!ends && kept-- > 0)
            status = S2S_KEPT;
        s2s_record_node(s->b.c->recorder, one->row, one->token, status, one->score);
    }
}

/* Choose the next rows of a sentence. Those that cannot lead to a better translation are left out;
 * what would take their places is worse still. */
static void choose(s2s_beam *b, int32_t index) {
    plain_beam *s = (plain_beam *)b;
    int32_t beam = b->rules->beam, n = b->live[index], kept = 0, eos = b->rules->eos;
    int32_t count = gather(s, index, b->t.count > b->longest[b->c->order[n]]);
    for (int32_t i = 0; i < count && i < beam; i++)
        if (s->sorted[i].token == eos)
            finish(b, &s->sorted[i], n);
    for (int32_t i = 0; i < count && kept < beam; i++) {
        const s2s_candidate *one = &s->sorted[i];
        if (one->token == eos)
            continue;
        if (s2s_is_hopeless(b, n, one->score))
            break;
        s2s_extend(b, one->row, one->token, one->score);
        kept++;
    }
    if (b->c->recorder)
        record_choice(s, count, kept);
}

static int beam(s2s_call *c, const s2s_search *rules, const int32_t *longest, s2s_best_list *lists) {
    plain_beam s = {.b = {.c = c, .rules = rules, .longest = longest, .lists = lists}};
    s.found = s2s_zeros((size_t)rules->beam + 1, sizeof *s.found);
    s.sorted = s2s_zeros(2 * (size_t)rules->beam, sizeof *s.sorted);
    int done = s.found && s.sorted && s2s_search_beam(&s.b, choose);
    free(s.found);
    free(s.sorted);
    return done;
}

/* The functions of the interface */

static int search(s2s_call *c, const s2s_search *rules, const int32_t *longest,
                  s2s_best_list *lists) {
    if (rules->terms.count)
        return s2s_constrained(c, rules, longest, lists);
    return rules->beam == 1 ? greedy(c, rules, longest, lists) : beam(c, rules, longest, lists);
}

int32_t s2s_most_tokens(const int32_t *longest, int32_t count) {
    int32_t most = 0;
    for (int32_t n = 0; n < count; n++)
        most = longest[n] > most ? longest[n] : most;
    return most;
}

int s2s_translate(const s2s_model *model, int32_t count, const int32_t *ids, const int32_t *starts,
                  const int32_t *longest, const s2s_search *rules, s2s_result *result, char *error,
                  size_t error_size) {
    return s2s_run(model, count, ids, starts, longest, rules, NULL, result, error, error_size);
}

int s2s_run(const s2s_model *model, int32_t count, const int32_t *ids, const int32_t *starts,
            const int32_t *longest, const s2s_search *rules, s2s_recorder *recorder,
            s2s_result *result, char *error, size_t error_size) {
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
    c.recorder = recorder;
    if (done && recorder)
        s2s_record_encoder(&c);
    if (done)
        c.history = s2s_zeros((size_t)s2s_most_tokens(longest, count) + 2, sizeof(int32_t));
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

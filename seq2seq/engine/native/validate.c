/* Greedy translation and scores of references in one search, as validation needs them. */
#include <stdlib.h>
#include <string.h>

#include "search.h"

/* Rows of a step: first those of the search, then those of references that have left its way.
 *
 * While the reference of a sentence begins like its translation, both share a row. */
typedef struct {
    s2s_call *c;
    const s2s_search *rules;
    const int32_t *longest, *targets, *target_starts;
    float *scores; /* of the references, in the caller's order */
    s2s_best_list *lists;
    s2s_trace t;
    float *sums;     /* of the rows of the search */
    int32_t *kept;   /* row of this step of each row of the next one */
    int32_t *parted; /* the same for rows of references, which follow those of the search */
    uint8_t *shares; /* whether a sentence's reference shares the row of its search */
    int32_t searched, referred, next_referred;
} validation;

static const float *logits_of(const validation *v, int32_t row) {
    return v->c->logits + (size_t)row * (size_t)v->c->outputs;
}

/* Token of a sentence's reference at this step. */
static int32_t reference_token(const validation *v, int32_t n) {
    return v->targets[v->target_starts[v->c->order[n]] + v->t.count - 1];
}

/* Add the log-probability of the reference's token at this step. Returns whether it has more. */
static int score_token(validation *v, int32_t n, float logit, float total) {
    int32_t sentence = v->c->order[n];
    v->scores[sentence] += logit - total;
    return v->target_starts[sentence] + v->t.count < v->target_starts[sentence + 1];
}

/* Choose the token of a row of the search; returns 0 if there is not enough memory. */
static int choose(validation *v, int32_t r, s2s_trace_step *step, int32_t *left) {
    s2s_call *c = v->c;
    int32_t n = c->sentence[r];
    int ends = v->t.count > v->longest[c->order[n]];
    int32_t wanted = v->shares[n] ? reference_token(v, n) : 0;
    float total, logit = logits_of(v, r)[wanted]; /* before filters change it */
    s2s_candidate best;
    s2s_continuations(c, v->rules, &v->t, r, ends, 1, 0, &best, &total);
    v->sums[r] += best.score;
    int goes_on = v->shares[n] && score_token(v, n, logit, total);
    int parts = goes_on && (best.token != wanted || best.token == v->rules->eos);
    v->shares[n] = (uint8_t)(goes_on && !parts);
    if (parts)
        v->parted[v->next_referred++] = r;
    if (best.token == v->rules->eos) {
        s2s_hypothesis h = {.score = v->sums[r], .log_probability = v->sums[r]};
        int done = s2s_hypothesis_of(c, &v->t, r, n, &h);
        s2s_insert(&v->lists[n], h, 1);
        return done;
    }
    v->kept[*left] = r;
    v->sums[*left] = v->sums[r];
    step->tokens[*left] = best.token;
    step->parents[(*left)++] = r;
    return 1;
}

/* Go on with the rows of the next step: `left` of the search, and those of references. */
static void take_over(validation *v, const s2s_trace_step *step, int32_t left) {
    s2s_call *c = v->c;
    int32_t rows = left + v->next_referred;
    memcpy(v->kept + left, v->parted, (size_t)v->next_referred * sizeof *v->kept);
    for (int32_t r = 0; r < rows; r++) {
        int32_t n = c->sentence[v->kept[r]];
        v->parted[r] = n;
        c->tokens[r] = r < left ? step->tokens[r] : reference_token(v, n);
    }
    memcpy(c->sentence, v->parted, (size_t)rows * sizeof *c->sentence);
    for (int32_t r = 0; r < rows; r++)
        c->leader[r] = r;
    s2s_select_rows(c, v->kept, rows);
    v->searched = left;
    v->referred = v->next_referred;
}

/* Take a step of all rows; returns 0 if there is not enough memory. */
static int advance(validation *v) {
    s2s_call *c = v->c;
    int32_t left = 0, rows = v->searched + v->referred;
    s2s_take_step(c, rows);
    s2s_trace_step *step = s2s_add_step(&v->t, v->searched, v->searched, NULL, c->wide);
    int done = step != NULL;
    v->next_referred = 0;
    for (int32_t r = 0; done && r < v->searched; r++)
        done &= choose(v, r, step, &left);
    for (int32_t r = v->searched; done && r < rows; r++) {
        int32_t n = c->sentence[r], token = reference_token(v, n);
        s2s_candidate unused;
        float total;
        s2s_likely(c, v->rules, r, 1, &unused, &total);
        if (score_token(v, n, logits_of(v, r)[token], total))
            v->parted[v->next_referred++] = r;
    }
    if (done)
        take_over(v, step, left);
    return done;
}

static int run(validation *v) {
    s2s_call *c = v->c;
    size_t rows = (size_t)c->stride;
    v->sums = s2s_zeros(rows, sizeof *v->sums);
    v->kept = s2s_zeros(rows, sizeof *v->kept);
    v->parted = s2s_zeros(rows, sizeof *v->parted);
    v->shares = s2s_zeros(rows, sizeof *v->shares);
    int done = v->sums && v->kept && v->parted && v->shares;
    v->searched = c->source.count;
    for (int32_t n = 0; done && n < v->searched; n++) {
        c->tokens[n] = v->rules->bos;
        c->sentence[n] = c->leader[n] = n;
        v->scores[n] = 0;
        v->shares[n] = 1;
    }
    while (done && v->searched + v->referred)
        done = advance(v);
    s2s_free_trace(&v->t);
    free(v->sums);
    free(v->kept);
    free(v->parted);
    free(v->shares);
    return done;
}

int s2s_validate(const s2s_model *model, int32_t count, const int32_t *ids, const int32_t *starts,
                 const int32_t *longest, const s2s_search *rules, const int32_t *targets,
                 const int32_t *target_starts, float *scores, s2s_result *result, char *error,
                 size_t error_size) {
    memset(result, 0, sizeof *result);
    const char *reason = s2s_refused(count, ids, starts, model->config.source_size);
    if (!reason)
        reason = s2s_refused(count, targets, target_starts, model->config.target_size);
    if (!reason)
        reason = s2s_refused_rules(rules, model, count);
    int plain = rules->beam == 1 && !rules->attention;
    if (!reason && (!plain || rules->terms.count || rules->candidates.count))
        reason = "only greedy search without terms, candidates and attention weights scores references";
    s2s_search two_rows = *rules;
    two_rows.beam = 2;
    if (!reason)
        reason = s2s_too_large(model, count, starts, longest, &two_rows);
    if (reason)
        return s2s_fail(error, error_size, reason);
    s2s_call c;
    validation v = {.c = &c, .rules = rules, .longest = longest, .targets = targets,
                    .target_starts = target_starts, .scores = scores};
    int done = s2s_open_call(&c, model, count, ids, starts, 2) &&
               (v.lists = s2s_new_lists(count, 1)) != NULL;
    if (done)
        c.history = s2s_zeros((size_t)s2s_most_tokens(longest, count) + 2, sizeof(int32_t));
    done = done && c.history && run(&v) && s2s_hand_over(&c, v.lists, result);
    s2s_free_lists(v.lists, count);
    s2s_close_call(&c);
    return done ? 0 : s2s_fail(error, error_size, "there is not enough memory");
}

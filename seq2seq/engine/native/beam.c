/* Rows of a beam search: those of a sentence are adjacent, and there are only as many as hold a
 * hypothesis. */
#include <math.h>
#include <stdlib.h>

#include "search.h"

double s2s_length_penalty(int32_t length, float alpha) { return pow((5.0 + length) / 6.0, alpha); }

int s2s_is_hopeless(const s2s_beam *b, int32_t sentence, double sum) {
    const s2s_best_list *list = &b->lists[sentence];
    if (list->count < b->rules->nbest)
        return 0;
    int32_t longest = b->longest[b->c->order[sentence]] + 1;
    return list->found[list->count - 1].score >=
           sum / s2s_length_penalty(longest, b->rules->length_penalty);
}

void s2s_extend(s2s_beam *b, int32_t row, int32_t token, double sum) {
    int32_t new = b->chosen++;
    b->new_sums[new] = sum;
    b->step->parents[new] = row;
    b->step->tokens[new] = token;
}

/* Go on with the rows of the next step. */
static void take_over(s2s_beam *b, int32_t left) {
    s2s_call *c = b->c;
    b->count = left;
    b->new_first[left] = b->chosen;
    for (int32_t i = 0; i < left; i++)
        for (int32_t row = b->new_first[i]; row < b->new_first[i + 1]; row++) {
            c->sentence[row] = b->live[i];
            c->leader[row] = b->new_first[i];
            c->tokens[row] = b->step->tokens[row];
        }
    s2s_select_rows(c, b->step->parents, b->chosen);
    double *sums = b->sums;
    int32_t *first = b->first;
    b->sums = b->new_sums;
    b->new_sums = sums;
    b->first = b->new_first;
    b->new_first = first;
}

/* Take one step of all sentences, and drop those that are finished. */
static void advance(s2s_beam *b, s2s_choose choose) {
    s2s_call *c = b->c;
    int32_t rows = b->first[b->count], left = 0, most = b->count * b->rules->beam;
    int wanted = b->rules->attention || b->rules->coverage_penalty > 0;
    s2s_take_step(c, rows);
    b->step = s2s_add_step(&b->t, rows, most, s2s_attention(c, wanted), c->wide);
    b->done &= b->step != NULL;
    b->chosen = 0;
    for (int32_t i = 0; b->done && i < b->count; i++) {
        int32_t n = b->live[i];
        b->new_first[left] = b->chosen;
        choose(b, i);
        if (b->chosen > b->new_first[left])
            b->live[left++] = n;
    }
    if (b->done)
        take_over(b, left);
}

int s2s_search_beam(s2s_beam *b, s2s_choose choose) {
    s2s_call *c = b->c;
    size_t rows = (size_t)c->stride, count = (size_t)c->source.count;
    b->count = c->source.count;
    b->sums = s2s_zeros(rows, sizeof *b->sums);
    b->new_sums = s2s_zeros(rows, sizeof *b->sums);
    b->live = s2s_zeros(count, sizeof *b->live);
    b->first = s2s_zeros(count + 1, sizeof *b->first);
    b->new_first = s2s_zeros(count + 1, sizeof *b->first);
    b->done = b->sums && b->new_sums && b->live && b->first && b->new_first;
    for (int32_t n = 0; b->done && n < b->count; n++) {
        b->live[n] = b->first[n] = c->sentence[n] = c->leader[n] = n;
        b->first[n + 1] = n + 1;
        c->tokens[n] = b->rules->bos;
    }
    while (b->done && b->count)
        advance(b, choose);
    s2s_free_trace(&b->t);
    void *blocks[] = {b->sums, b->new_sums, b->live, b->first, b->new_first};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    return b->done;
}

/* Trace of a search, and the hypotheses that are read from it. */
#include <stdlib.h>
#include <string.h>

#include "search.h"

void s2s_free_trace(s2s_trace *t) {
    for (int32_t i = 0; i < t->count; i++) {
        free(t->steps[i].tokens);
        free(t->steps[i].parents);
        free(t->steps[i].attention);
    }
    free(t->steps);
}

s2s_trace_step *s2s_add_step(s2s_trace *t, int32_t rows, int32_t most, const float *attention,
                             int32_t wide) {
    if (t->count == t->room) {
        int32_t room = t->room ? 2 * t->room : 64;
        s2s_trace_step *steps = realloc(t->steps, (size_t)room * sizeof *steps);
        if (!steps)
            return NULL;
        t->steps = steps;
        t->room = room;
    }
    size_t weights = (size_t)rows * (size_t)wide;
    s2s_trace_step *step = &t->steps[t->count++];
    step->tokens = s2s_zeros((size_t)most, sizeof(int32_t));
    step->parents = s2s_zeros((size_t)most, sizeof(int32_t));
    step->attention = attention ? s2s_zeros(weights, sizeof(float)) : NULL;
    if (!step->tokens || !step->parents || (attention && !step->attention))
        return NULL;
    if (attention)
        memcpy(step->attention, attention, weights * sizeof(float));
    return step;
}

void s2s_free_hypothesis(s2s_hypothesis *h) {
    free((void *)h->tokens);
    free((void *)h->attention);
}

void s2s_insert(s2s_best_list *list, s2s_hypothesis h, int32_t nbest) {
    int32_t place = list->count;
    if (list->count == nbest) {
        if (nbest == 0 || list->found[nbest - 1].score >= h.score) {
            s2s_free_hypothesis(&h);
            return;
        }
        s2s_free_hypothesis(&list->found[--place]);
    } else {
        list->count++;
    }
    for (; place > 0 && list->found[place - 1].score < h.score; place--)
        list->found[place] = list->found[place - 1];
    list->found[place] = h;
}

/* A hypothesis that ends at this step; `row` is its row before the end token. The s2s_trace has the
 * attention of this step, but not yet its tokens. */
int32_t s2s_history(const s2s_trace *t, int32_t row, int32_t *tokens) {
    int32_t length = t->count - 1;
    for (int32_t i = length - 1; i >= 0; i--) {
        tokens[i] = t->steps[i].tokens[row];
        row = t->steps[i].parents[row];
    }
    return length;
}

int s2s_hypothesis_of(const s2s_call *c, const s2s_trace *t, int32_t row, int32_t sentence,
                         s2s_hypothesis *h) {
    int32_t length = t->count - 1, source = c->lengths[sentence];
    int32_t *tokens = s2s_zeros((size_t)length, sizeof *tokens);
    float *attention = NULL;
    int wanted = t->steps[length].attention != NULL;
    if (wanted)
        attention = s2s_zeros((size_t)(length + 1) * (size_t)source, sizeof *attention);
    h->tokens = tokens;
    h->attention = attention;
    h->length = length;
    h->sentence = sentence;
    if (!tokens || (wanted && !attention))
        return 0;
    for (int32_t i = length; i >= 0; i--) {
        if (wanted)
            memcpy(attention + (size_t)i * (size_t)source,
                   t->steps[i].attention + (size_t)row * (size_t)c->wide,
                   (size_t)source * sizeof *attention);
        if (i > 0) {
            tokens[i - 1] = t->steps[i - 1].tokens[row];
            row = t->steps[i - 1].parents[row];
        }
    }
    return 1;
}

void s2s_free_lists(s2s_best_list *lists, int32_t count) {
    for (int32_t n = 0; lists && n < count; n++) {
        for (int32_t i = 0; i < lists[n].count; i++)
            s2s_free_hypothesis(&lists[n].found[i]);
        free(lists[n].found);
    }
    free(lists);
}

s2s_best_list *s2s_new_lists(int32_t count, int32_t nbest) {
    s2s_best_list *lists = s2s_zeros((size_t)count, sizeof *lists);
    int done = lists != NULL;
    for (int32_t n = 0; done && n < count; n++)
        done = (lists[n].found = s2s_zeros((size_t)nbest, sizeof(s2s_hypothesis))) != NULL;
    if (done)
        return lists;
    s2s_free_lists(lists, count);
    return NULL;
}

int s2s_hand_over(s2s_call *c, s2s_best_list *lists, s2s_result *result) {
    int32_t total = 0, count = c->source.count;
    int32_t *place = s2s_zeros((size_t)count, sizeof *place);
    for (int32_t n = 0; n < count; n++)
        total += lists[n].count;
    result->hypotheses = s2s_zeros((size_t)total, sizeof *result->hypotheses);
    if (!place || !result->hypotheses) {
        free(place);
        free(result->hypotheses);
        result->hypotheses = NULL;
        return 0;
    }
    for (int32_t n = 0; n < count; n++)
        place[c->order[n]] = n;
    for (int32_t n = 0; n < count; n++)
        for (int32_t i = 0; i < lists[place[n]].count; i++) {
            s2s_hypothesis *h = &result->hypotheses[result->count++];
            *h = lists[place[n]].found[i];
            h->sentence = n;
        }
    for (int32_t n = 0; n < count; n++)
        lists[n].count = 0;
    free(place);
    return 1;
}

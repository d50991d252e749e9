/* Scores of given translations. */
#include <stdlib.h>

#include "search.h"

int s2s_score(const s2s_model *model, int32_t count, const int32_t *ids, const int32_t *starts,
              const int32_t *targets, const int32_t *target_starts, int32_t bos, float *scores,
              char *error, size_t error_size) {
    int32_t size = model->config.target_size;
    const char *reason = s2s_refused(count, ids, starts, model->config.source_size);
    if (!reason)
        reason = s2s_refused(count, targets, target_starts, size);
    if (!reason && (bos < 0 || bos >= size))
        reason = "the start token is not in the vocabulary";
    if (!reason)
        reason = s2s_too_large(model, count, starts, NULL, &(s2s_search){.beam = 1});
    if (reason)
        return s2s_fail(error, error_size, reason);
    s2s_call c;
    int done = s2s_open_call(&c, model, count, ids, starts, 1);
    int32_t left = done ? count : 0;
    for (int32_t r = 0; r < left; r++) {
        c.tokens[r] = bos;
        c.sentence[r] = r;
        scores[r] = 0;
    }
    int32_t *kept = s2s_zeros((size_t)count, sizeof *kept);
    done = done && kept;
    for (int32_t time = 0; done && left; time++) {
        int32_t live = left;
        s2s_take_step(&c, live);
        left = 0;
        for (int32_t r = 0; r < live; r++) {
            int32_t n = c.order[c.sentence[r]];
            int32_t token = targets[target_starts[n] + time];
            const float *logits = c.logits + (size_t)r * (size_t)c.outputs;
            s2s_candidate unused;
            float total;
            c.ops->best(logits, size, (s2s_forbidden){bos, size}, 1, &unused, &total);
            scores[n] += logits[token] - total;
            if (target_starts[n] + time + 1 == target_starts[n + 1])
                continue;
            kept[left] = r;
            c.sentence[left] = c.sentence[r];
            c.tokens[left++] = token;
        }
        s2s_select_rows(&c, kept, left);
    }
    free(kept);
    s2s_close_call(&c);
    return done ? 0 : s2s_fail(error, error_size, "there is not enough memory");
}

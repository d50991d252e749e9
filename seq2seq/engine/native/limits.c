/* Limits of a call. What it may need is added up before anything is allocated, in double, so that
 * no sum overflows: neither here nor, in size_t, later. */
#include <stddef.h>

#include "search.h"

static int32_t longest_row(const int32_t *starts, int32_t count) {
    int32_t most = 1;
    for (int32_t n = 0; n < count; n++)
        most = starts[n + 1] - starts[n] > most ? starts[n + 1] - starts[n] : most;
    return most;
}

/* Bytes that s2s_open_call takes. */
static double call_size(const s2s_model *m, int32_t count, int32_t positions, int32_t rows,
                        int32_t wide) {
    double keys = m->key.out > m->hidden ? m->key.out : m->hidden;
    double of_position = m->hidden + keys + m->embedding + 1;
    double state = (double)m->config.decoder_layers * m->parts * m->hidden + m->features + wide;
    double of_row = 2 * state + wide + m->output.out + 2;
    int32_t most = rows > positions ? rows : positions;
    double scratch = (double)s2s_ops_here()->scratch(m, most, wide);
    double of_sentence = m->hidden + 3;
    return sizeof(float) *
           (positions * of_position + count * of_sentence + rows * of_row + scratch);
}

/* Bytes that a search takes besides, if no hypothesis ends before it has to. */
static double search_size(const s2s_model *m, int32_t count, const int32_t *longest,
                          const s2s_search *rules, int32_t wide) {
    double beam = rules->beam, steps = 0, options = 0, listed = 0;
    for (int32_t n = 0; n < count; n++)
        steps += longest[n] + 1.0;
    if (rules->terms.count)
        options = beam * (2 * (beam + 1) + 2.0 * longest_row(rules->term_starts, count));
    if (rules->candidates.count)
        listed = rules->candidates.starts[count] + (double)S2S_LANES * count;
    int attention = rules->attention || rules->coverage_penalty > 0;
    double of_step = attention ? 2.0 + wide : 2, of_listed = m->output.in + 4.0;
    return sizeof(float) * (steps * beam * of_step + options * 8 + listed * of_listed) +
           (double)sizeof(s2s_hypothesis) * count * rules->nbest;
}

const char *s2s_too_large(const s2s_model *m, int32_t count, const int32_t *starts,
                          const int32_t *longest, const s2s_search *rules) {
    if ((double)count * rules->beam > (double)S2S_MAX_ROWS)
        return "there are too many sentences for this beam";
    for (int32_t n = 0; longest && n < count; n++)
        if (longest[n] < 0 || longest[n] > S2S_MAX_LENGTH)
            return "the maximum length of a translation is out of range";
    int32_t wide = s2s_padded(longest_row(starts, count));
    double size = call_size(m, count, starts[count], count * rules->beam, wide);
    if (longest)
        size += search_size(m, count, longest, rules, wide);
    return size > (double)S2S_MAX_MEMORY
               ? "it may need too much memory: take fewer sentences, a smaller beam or a lower "
                 "maximum length"
               : NULL;
}

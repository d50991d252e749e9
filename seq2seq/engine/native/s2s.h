/* Recurrent translation models on a CPU: loading, greedy and beam search, and scoring.
 *
 * A model is read once and never changes, so any number of threads may use it at once. Everything
 * else belongs to a call. The result for a sentence is the same to the bit whatever other sentences
 * are in the call.
 */
#ifndef S2S_H
#define S2S_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { S2S_VERSION = 3 };

#if defined(_WIN32)
#define S2S_API __declspec(dllexport)
#elif defined(__GNUC__)
#define S2S_API __attribute__((visibility("default")))
#else
#define S2S_API
#endif

enum s2s_cell {
    S2S_ELMAN_TANH,
    S2S_ELMAN_RELU,
    S2S_GRU,
    S2S_LSTM,
    S2S_LN_GRU,
    S2S_LN_LSTM,
    S2S_SSRU
};
enum s2s_attention {
    S2S_NO_ATTENTION,
    S2S_BAHDANAU,
    S2S_LUONG_DOT,
    S2S_LUONG_GENERAL,
    S2S_MULTI_HEAD
};
enum s2s_order { S2S_FUSED, S2S_INPUT_FEEDING, S2S_BAHDANAU_ORDER };
enum s2s_tying { S2S_NOT_TIED, S2S_TWO_WAY, S2S_THREE_WAY };

/* Limits of a call, which is refused beyond them. */
enum {
    S2S_MAX_BEAM = 1 << 10,
    S2S_MAX_LENGTH = 1 << 20,    /* of a translation, in tokens */
    S2S_MAX_ROWS = 1 << 20,      /* sentences times beam */
    S2S_MAX_POSITIONS = 1 << 24, /* tokens of all sentences, or of all phrases of a kind */
    S2S_MAX_TERMS = 1 << 16      /* phrases that must appear */
};

/* Most bytes that a call may need if no hypothesis ends before it has to: 16 GiB, or half of what
 * an address can reach. */
#define S2S_MAX_MEMORY                                                                             \
    (SIZE_MAX / 2 < (uint64_t)1 << 34 ? (uint64_t)SIZE_MAX / 2 : (uint64_t)1 << 34)

/* Architecture of a model: its settings of the same names, as numbers. */
typedef struct {
    int32_t cell;
    int32_t attention;
    int32_t attention_heads;
    int32_t coverage;
    int32_t decoder_order;
    int32_t lexical_model;
    int32_t bidirectional;
    int32_t residual;
    int32_t scale_embeddings;
    int32_t weight_tying;
    int32_t encoder_layers;
    int32_t decoder_layers;
    int32_t embedding_size;
    int32_t hidden_size;
    int32_t readout_size;
    int32_t source_size; /* number of source ids */
    int32_t target_size; /* number of target ids */
    int32_t int8;        /* decode with int8 products, as torch does with dtype int8 */
} s2s_config;

/* Rows of ids of different lengths, end to end: row r is ids[starts[r]] to ids[starts[r + 1] - 1].
 * Without any rows, the pointers may be NULL. */
typedef struct {
    int32_t count; /* number of rows */
    const int32_t *ids;
    const int32_t *starts; /* (count + 1) */
} s2s_ids;

/* Spellings of partial words, as an automaton: in state s, one of tokens[starts[s]] to
 * tokens[starts[s + 1] - 1], which ascend, comes next and leads to the state of the same place in
 * next, or to -1 if the word is complete. */
typedef struct {
    int32_t count; /* number of states */
    const int32_t *starts, *tokens, *next;
} s2s_spellings;

/* Rules of a search; see docs/reference/search-rules.md. Ids are target ids. */
typedef struct {
    int32_t beam; /* 1: greedy search */
    int32_t nbest;
    float length_penalty;
    float coverage_penalty;
    int32_t bos;
    int32_t eos;
    int32_t first_forbidden; /* this id and all after it are never chosen */
    int32_t attention;       /* return attention weights */
    int32_t min_length;
    int32_t no_repeat_ngram;
    s2s_ids forbidden;         /* phrases that must not appear */
    s2s_ids prefixes;          /* one per sentence, or none at all */
    const int32_t *partial;    /* state of each sentence's partial word, or -1; NULL: no words */
    s2s_spellings spellings;   /* of the partial words */
    s2s_ids terms;             /* phrases that must appear, in the order of their sentences */
    const int32_t *term_starts; /* first phrase of each sentence, and the end; NULL: no phrases */
    s2s_ids candidates;        /* tokens that may be chosen, ascending: one row per sentence, or none */
    const uint8_t *continues;  /* 1 for each id that continues a word (target_size); NULL: none */
} s2s_search;

typedef struct {
    int32_t sentence;
    int32_t length; /* number of tokens, without the end token */
    float score;
    float log_probability;
    const int32_t *tokens;  /* (length) */
    const float *attention; /* (length + 1, number of source tokens), or NULL */
} s2s_hypothesis;

typedef struct {
    int32_t count;
    s2s_hypothesis *hypotheses; /* by sentence, best first */
} s2s_result;

typedef struct s2s_model s2s_model;

/* Read a model. The file of weights may be freed or unmapped afterwards.
 *
 * config: The architecture.
 * file, size: Content of model.safetensors.
 * error, error_size: Where to write the reason if the model is refused.
 *
 * Returns NULL if the file does not fit the architecture, or is damaged.
 */
S2S_API s2s_model *s2s_open(const s2s_config *config, const void *file, size_t size, char *error,
                            size_t error_size);

S2S_API void s2s_close(s2s_model *model);

/* Whether a caller was made for this interface: its version, and the sizes of its structures. A caller
 * for another one must use nothing else. */
S2S_API int s2s_fits(int32_t version, size_t config, size_t search, size_t hypothesis);

/* Name of the instructions that the kernels use: avx512-vnni, avx2 or generic. */
S2S_API const char *s2s_kernels(void);

/* Translate sentences.
 *
 * All arguments are checked, but for the sizes of arrays, which are those given here.
 *
 * count: Number of sentences.
 * ids: Source ids of all sentences, each with its end token.
 * starts: Where each sentence begins in `ids` (count + 1); the last one is the end of all.
 * longest: Maximum length of each translation, without its end token (count).
 *
 * Returns 0, and then the caller frees the result; or -1 with a reason in `error`.
 */
S2S_API int s2s_translate(const s2s_model *model, int32_t count, const int32_t *ids,
                          const int32_t *starts, const int32_t *longest, const s2s_search *search,
                          s2s_result *result, char *error, size_t error_size);

S2S_API void s2s_free(s2s_result *result);

/* What became of a candidate, a token that may extend a row. */
enum s2s_status { S2S_DROPPED, S2S_KEPT, S2S_FINISHED };

typedef struct {
    int32_t row;   /* row of the step that it extends */
    int32_t token;
    int32_t status;
    float total;   /* log-probability with the token */
} s2s_node;

/* A step of a search. Its rows are the candidates that the step before has kept, in their order; at
 * the first step, the empty translation. The rest are NULL without attention. */
typedef struct {
    int32_t rows;
    int32_t node_count;
    s2s_node *nodes;      /* the best candidates, best first, and all that are kept or finished */
    float *attention;     /* (rows, source tokens) */
    float *cells;         /* (decoder_layers, rows, vectors, hidden_size) */
    int32_t *likely;      /* (rows, most_likely), best first, -1 if there are fewer */
    float *likely_scores; /* (rows, most_likely), their log-probabilities without any filter */
} s2s_recorded_step;

/* What the model computed for a sentence, and what the search chose. The vectors of a step of a cell
 * are its gates and then its state: reset, update, candidate, h; input, forget, cell, output, h, c;
 * forget, candidate, h (ssru); h (elman). */
typedef struct {
    s2s_result result;
    int32_t vectors;
    int32_t most_likely;
    float *encoder; /* (encoder_layers, directions, source tokens, vectors, width of the direction) */
    int32_t step_count;
    s2s_recorded_step *steps;
} s2s_recording;

/* Translate one sentence as s2s_translate does, and record it. It is refused if the recording would
 * be too large.
 *
 * length, ids: The source with its end token.
 * longest: Maximum length of the translation, without its end token.
 * most_likely: Number of likely next tokens to record for each row.
 */
S2S_API int s2s_record(const s2s_model *model, int32_t length, const int32_t *ids, int32_t longest,
                       const s2s_search *search, int32_t most_likely, s2s_recording *recording,
                       char *error, size_t error_size);

S2S_API void s2s_free_recording(s2s_recording *recording);

/* Score given translations: the sum of the log-probabilities of their tokens, in nats.
 *
 * targets: Target ids of all sentences, each with its end token.
 * target_starts: Where each target begins in `targets` (count + 1).
 * scores: Where to write the log-probabilities (count).
 */
S2S_API int s2s_score(const s2s_model *model, int32_t count, const int32_t *ids,
                      const int32_t *starts, const int32_t *targets, const int32_t *target_starts,
                      int32_t bos, float *scores, char *error, size_t error_size);

/* Translate as s2s_translate does and score as s2s_score does, to the bit, but with less work: both
 * share the encoder, and the steps in which a translation begins like its reference. The search is
 * greedy, without terms, candidates and attention weights.
 */
S2S_API int s2s_validate(const s2s_model *model, int32_t count, const int32_t *ids,
                         const int32_t *starts, const int32_t *longest, const s2s_search *search,
                         const int32_t *targets, const int32_t *target_starts, float *scores,
                         s2s_result *result, char *error, size_t error_size);

#ifdef __cplusplus
}
#endif
#endif

/* Translate ids with the library, one sentence at a time.
 *
 *     translate model.safetensors job translations
 *
 * A job is a file of numbers: the fields of s2s_config; those of s2s_search up to no_repeat_ngram; the
 * number of sentences; and for each one the maximum length of its translation, its own length and its
 * ids. Each translation becomes a line of ids. Prints the name of the kernels, and the CPU time of a
 * sentence in milliseconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "s2s.h"

static void stop(const char *reason) {
    fprintf(stderr, "translate: %s\n", reason);
    exit(1);
}

static FILE *open_file(const char *path, const char *mode) {
    FILE *file = fopen(path, mode);
    if (!file) {
        perror(path);
        exit(1);
    }
    return file;
}

static int32_t next_integer(FILE *job) {
    int value = 0;
    if (fscanf(job, "%d", &value) != 1)
        stop("the job is cut off");
    return value;
}

static float next_float(FILE *job) {
    float value = 0;
    if (fscanf(job, "%f", &value) != 1)
        stop("the job is cut off");
    return value;
}

static void *room(size_t bytes) {
    void *block = malloc(bytes ? bytes : 1);
    if (!block)
        stop("there is not enough memory");
    return block;
}

static s2s_model *read_model(const char *path, FILE *job) {
    s2s_config config;
    int32_t fields[sizeof config / sizeof(int32_t)];
    char error[512];
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        fields[i] = next_integer(job);
    memcpy(&config, fields, sizeof config);
    FILE *file = open_file(path, "rb");
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    if (size < 0)
        stop("the model cannot be read");
    rewind(file);
    void *content = room((size_t)size);
    if (fread(content, 1, (size_t)size, file) != (size_t)size)
        stop("the model cannot be read");
    fclose(file);
    s2s_model *model = s2s_open(&config, content, (size_t)size, error, sizeof error);
    if (!model)
        stop(error);
    free(content);
    return model;
}

static s2s_search read_rules(FILE *job) {
    s2s_search rules = {0};
    rules.beam = next_integer(job);
    rules.nbest = next_integer(job);
    rules.length_penalty = next_float(job);
    rules.coverage_penalty = next_float(job);
    rules.bos = next_integer(job);
    rules.eos = next_integer(job);
    rules.first_forbidden = next_integer(job);
    rules.attention = next_integer(job);
    rules.min_length = next_integer(job);
    rules.no_repeat_ngram = next_integer(job);
    return rules;
}

/* Translate the next sentence; return the CPU time in seconds. */
static double translate(const s2s_model *model, const s2s_search *rules, FILE *job, FILE *output) {
    int32_t longest = next_integer(job), starts[2] = {0, next_integer(job)};
    if (starts[1] < 0)
        stop("a sentence has a negative length");
    int32_t *ids = room((size_t)starts[1] * sizeof *ids);
    for (int32_t i = 0; i < starts[1]; i++)
        ids[i] = next_integer(job);
    s2s_result result;
    char error[512];
    clock_t begin = clock();
    if (s2s_translate(model, 1, ids, starts, &longest, rules, &result, error, sizeof error) != 0)
        stop(error);
    clock_t end = clock();
    const s2s_hypothesis *best = result.hypotheses;
    for (int32_t i = 0; result.count && i < best->length; i++)
        fprintf(output, i ? " %d" : "%d", (int)best->tokens[i]);
    fputc('\n', output);
    s2s_free(&result);
    free(ids);
    return (double)(end - begin) / CLOCKS_PER_SEC;
}

int main(int count, char **arguments) {
    if (count != 4)
        stop("give the file of weights, the job and a file for the translations");
    FILE *job = open_file(arguments[2], "r"), *output = open_file(arguments[3], "w");
    s2s_model *model = read_model(arguments[1], job);
    s2s_search rules = read_rules(job);
    int32_t sentences = next_integer(job);
    double seconds = 0;
    for (int32_t n = 0; n < sentences; n++)
        seconds += translate(model, &rules, job, output);
    s2s_close(model);
    fclose(job);
    if (fclose(output) != 0)
        stop("the translations cannot be written");
    printf("%s %.3f\n", s2s_kernels(), 1000 * seconds / (sentences > 0 ? sentences : 1));
    return 0;
}

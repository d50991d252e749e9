#include "models.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void give_up(const char *path, const char *reason) {
    fprintf(stderr, "%s: %s\n", path, reason);
    exit(2);
}

static unsigned char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END))
        give_up(path, "it cannot be read");
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *content = malloc(*size ? *size : 1);
    if (!content || fread(content, 1, *size, file) != *size)
        give_up(path, "it cannot be read");
    fclose(file);
    return content;
}

s2s_model *open_content(const unsigned char *content, size_t size, char *error, size_t error_size) {
    s2s_config config;
    if (size < sizeof config) {
        snprintf(error, error_size, "it is too short");
        return NULL;
    }
    memcpy(&config, content, sizeof config);
    return s2s_open(&config, content + sizeof config, size - sizeof config, error, error_size);
}

static opened open_model(const char *path) {
    char error[256];
    opened one;
    one.content = read_file(path, &one.size);
    one.model = open_content(one.content, one.size, error, sizeof error);
    if (!one.model)
        give_up(path, error);
    memcpy(&one.config, one.content, sizeof one.config);
    return one;
}

static int is_visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }

int open_models(const char *folder, opened *models) {
    struct dirent **entries;
    int count = scandir(folder, &entries, is_visible, alphasort);
    if (count < 1 || count > MOST_MODELS)
        give_up(folder, "it has no models, or too many");
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        models[i] = open_model(path);
        free(entries[i]);
    }
    free(entries);
    return count;
}

void close_models(opened *models, int count) {
    for (int i = 0; i < count; i++) {
        s2s_close(models[i].model);
        free(models[i].content);
    }
}

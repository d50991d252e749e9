/* Files of models for the harnesses: an s2s_config, and then the content of model.safetensors. */
#ifndef MODELS_H
#define MODELS_H

#include "s2s.h"

enum { MOST_MODELS = 256 };

typedef struct {
    s2s_config config;
    unsigned char *content; /* of the file */
    size_t size;
    s2s_model *model;
} opened;

/* Open a model from the content of its file. */
s2s_model *open_content(const unsigned char *content, size_t size, char *error, size_t error_size);

/* Open all models of a folder, in the order of their names; returns their number. Exits with a
 * message if one cannot be opened. */
int open_models(const char *folder, opened *models);

void close_models(opened *models, int count);

#endif

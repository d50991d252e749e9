/* Named tensors of a safetensors file in memory. Nothing is copied. */
#ifndef S2S_TENSORS_H
#define S2S_TENSORS_H

#include <stddef.h>
#include <stdint.h>

enum { S2S_MAX_DIMS = 2 };

typedef enum { S2S_F32, S2S_I8, S2S_OTHER } s2s_dtype;

/* A tensor: its values lie in the file, without any alignment. */
typedef struct {
    const char *name; /* not terminated; as written in the header, with JSON's escapes */
    size_t name_length;
    s2s_dtype dtype;
    int dims; /* number of dimensions; if there are more than S2S_MAX_DIMS, `shape` is unset */
    int64_t shape[S2S_MAX_DIMS];
    const unsigned char *data;
    size_t size; /* in bytes */
} s2s_tensor;

typedef struct {
    s2s_tensor *tensors;
    size_t count;
} s2s_tensors;

/* Read the header of a file. Every size and offset is checked against the size of the file.
 * Returns NULL, or the reason why the file is refused. */
const char *s2s_tensors_read(s2s_tensors *found, const unsigned char *file, size_t size);

/* Return the tensor of a name, or NULL. */
const s2s_tensor *s2s_tensors_find(const s2s_tensors *tensors, const char *name);

void s2s_tensors_free(s2s_tensors *tensors);

#endif

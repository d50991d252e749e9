#include "tensors.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TENSORS = 4096, MAX_DEPTH = 8 };

/* More values than any file has; the number of their bytes does not overflow. */
static const uint64_t MAX_VALUES = (uint64_t)1 << 56;

/* Position in the header's JSON. `bad` is set at the first mistake, and nothing is read after it. */
typedef struct {
    const char *at, *end;
    int bad;
} cursor;

static void skip_space(cursor *c) {
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t' || *c->at == '\r'))
        c->at++;
}

/* Skip a character that has to come next, after white space. */
static void expect(cursor *c, char wanted) {
    skip_space(c);
    if (c->at < c->end && *c->at == wanted)
        c->at++;
    else
        c->bad = 1;
}

/* Skip a character if it comes next. */
static int accept(cursor *c, char wanted) {
    skip_space(c);
    if (c->bad || c->at >= c->end || *c->at != wanted)
        return 0;
    c->at++;
    return 1;
}

/* Read a string; return its first character and its length, without the quotes. */
static const char *read_string(cursor *c, size_t *length) {
    expect(c, '"');
    const char *start = c->at;
    while (!c->bad && c->at < c->end && *c->at != '"')
        c->at += *c->at == '\\' && c->end - c->at > 1 ? 2 : 1;
    if (c->bad || c->at >= c->end) {
        c->bad = 1;
        *length = 0;
        return "";
    }
    *length = (size_t)(c->at++ - start);
    return start;
}

/* Read an integer that is not negative. */
static uint64_t read_number(cursor *c) {
    uint64_t value = 0;
    skip_space(c);
    if (c->at >= c->end || *c->at < '0' || *c->at > '9')
        c->bad = 1;
    while (!c->bad && c->at < c->end && *c->at >= '0' && *c->at <= '9') {
        if (value > UINT64_MAX / 10 - 1)
            c->bad = 1;
        value = value * 10 + (uint64_t)(*c->at++ - '0');
    }
    return value;
}

/* Skip any value. */
static void skip_value(cursor *c, int depth) {
    size_t length;
    skip_space(c);
    if (c->bad || c->at >= c->end || depth > MAX_DEPTH) {
        c->bad = 1;
        return;
    }
    char open = *c->at;
    if (open == '"') {
        read_string(c, &length);
    } else if (open == '{' || open == '[') {
        char close = open == '{' ? '}' : ']';
        c->at++;
        if (accept(c, close))
            return;
        do {
            if (open == '{') {
                read_string(c, &length);
                expect(c, ':');
            }
            skip_value(c, depth + 1);
        } while (accept(c, ','));
        expect(c, close);
    } else {
        const char *start = c->at;
        while (c->at < c->end && strchr("+-.0123456789Eabcdefghijklmnopqrstuvwxyz", *c->at))
            c->at++;
        c->bad |= c->at == start;
    }
}

static int is(const char *text, size_t length, const char *name) {
    return strlen(name) == length && memcmp(text, name, length) == 0;
}

static size_t bytes_of(s2s_dtype dtype) { return dtype == S2S_F32 ? 4 : 1; }

/* Read the shape; return the number of values. */
static uint64_t read_shape(cursor *c, s2s_tensor *tensor) {
    uint64_t count = 1;
    expect(c, '[');
    if (accept(c, ']'))
        return count;
    do {
        uint64_t size = read_number(c);
        if (size > MAX_VALUES || (size && count > MAX_VALUES / size)) {
            c->bad = 1;
            return 0;
        }
        if (tensor->dims < S2S_MAX_DIMS)
            tensor->shape[tensor->dims] = (int64_t)size;
        tensor->dims++;
        count *= size;
    } while (accept(c, ','));
    expect(c, ']');
    return count;
}

/* Note a field of an entry, which may come only once. */
static void note_field(cursor *c, int *fields, int field) {
    c->bad |= *fields & field;
    *fields |= field;
}

/* Read a tensor's entry in the header. */
static const char *read_tensor(cursor *c, s2s_tensor *tensor, const unsigned char *data,
                               uint64_t size) {
    uint64_t count = 0, begin = 0, end = 0;
    int fields = 0;
    expect(c, '{');
    do {
        size_t length;
        const char *key = read_string(c, &length);
        expect(c, ':');
        if (is(key, length, "dtype")) {
            const char *dtype = read_string(c, &length);
            tensor->dtype = is(dtype, length, "F32")  ? S2S_F32
                            : is(dtype, length, "I8") ? S2S_I8
                                                      : S2S_OTHER;
            note_field(c, &fields, 1);
        } else if (is(key, length, "shape")) {
            count = read_shape(c, tensor);
            note_field(c, &fields, 2);
        } else if (is(key, length, "data_offsets")) {
            expect(c, '[');
            begin = read_number(c);
            expect(c, ',');
            end = read_number(c);
            expect(c, ']');
            note_field(c, &fields, 4);
        } else {
            skip_value(c, 0);
        }
    } while (accept(c, ','));
    expect(c, '}');
    if (c->bad || fields != 7)
        return "its header is damaged";
    if (begin > end || end > size)
        return "it is cut off, or its header names more than it holds";
    tensor->data = data + begin;
    tensor->size = (size_t)(end - begin);
    if (tensor->dtype != S2S_OTHER && count * bytes_of(tensor->dtype) != end - begin)
        return "a tensor's size does not fit its shape";
    return NULL;
}

static const char *read_header(s2s_tensors *found, cursor *c, const unsigned char *data,
                               uint64_t size) {
    expect(c, '{');
    do {
        size_t length;
        const char *name = read_string(c, &length);
        expect(c, ':');
        if (c->bad)
            break;
        if (is(name, length, "__metadata__")) {
            skip_value(c, 0);
            continue;
        }
        if (found->count == MAX_TENSORS)
            return "it holds too many tensors";
        s2s_tensor *tensor = &found->tensors[found->count++];
        memset(tensor, 0, sizeof *tensor);
        tensor->name = name;
        tensor->name_length = length;
        const char *refused = read_tensor(c, tensor, data, size);
        if (refused)
            return refused;
    } while (accept(c, ','));
    expect(c, '}');
    return c->bad ? "its header is damaged" : NULL;
}

static int by_place(const void *a, const void *b) {
    const s2s_tensor *first = a, *second = b;
    if (first->data != second->data)
        return first->data < second->data ? -1 : 1;
    return first->size < second->size ? -1 : first->size > second->size;
}

/* Whether the tensors lie end to end in the data, as the format asks for. If they could overlap, a
 * small file could stand for a large model. */
static int fill_the_file(s2s_tensors *found, const unsigned char *data, const unsigned char *end) {
    qsort(found->tensors, found->count, sizeof *found->tensors, by_place);
    for (size_t i = 0; i < found->count; i++) {
        if (found->tensors[i].data != data)
            return 0;
        data += found->tensors[i].size;
    }
    return data == end;
}

const char *s2s_tensors_read(s2s_tensors *found, const unsigned char *file, size_t size) {
    uint64_t header = 0;
    memset(found, 0, sizeof *found);
    if (size < 8)
        return "it is cut off";
    for (int byte = 7; byte >= 0; byte--)
        header = header << 8 | file[byte];
    if (header > size - 8)
        return "it is cut off, or no safetensors file";
    found->tensors = malloc(MAX_TENSORS * sizeof *found->tensors);
    if (!found->tensors)
        return "there is not enough memory";
    cursor c = {(const char *)file + 8, (const char *)file + 8 + header, 0};
    const unsigned char *data = file + 8 + header;
    const char *reason = read_header(found, &c, data, size - 8 - header);
    if (!reason && !fill_the_file(found, data, file + size))
        reason = "its tensors overlap, or do not fill it";
    return reason;
}

const s2s_tensor *s2s_tensors_find(const s2s_tensors *tensors, const char *name) {
    size_t length = strlen(name);
    for (size_t i = 0; i < tensors->count; i++)
        if (tensors->tensors[i].name_length == length &&
            memcmp(tensors->tensors[i].name, name, length) == 0)
            return &tensors->tensors[i];
    return NULL;
}

void s2s_tensors_free(s2s_tensors *tensors) {
    free(tensors->tensors);
    memset(tensors, 0, sizeof *tensors);
}

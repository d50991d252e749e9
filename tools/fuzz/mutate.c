#include "mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s2s.h"

enum { CONFIG = sizeof(s2s_config), FIELDS = CONFIG / 4, PREFIX = CONFIG + 8 };

/* A file that is being changed: its configuration, the header's length, the header and the data. */
typedef struct {
    uint8_t *bytes;
    size_t size, room;
    size_t end; /* of the header */
    uint64_t random;
} file;

static uint32_t draw(file *f, size_t below) {
    f->random = f->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(f->random >> 33) % (uint32_t)(below ? below : 1);
}

static void write_length(file *f, uint64_t length) {
    for (int i = 0; i < 8; i++)
        f->bytes[CONFIG + i] = (uint8_t)(length >> 8 * i);
}

/* Replace a part of the header; its length is kept right. */
static void replace(file *f, size_t at, size_t old, const void *text, size_t length) {
    if (f->size - old + length > f->room)
        return;
    memmove(f->bytes + at + length, f->bytes + at + old, f->size - at - old);
    memmove(f->bytes + at, text, length);
    f->size += length - old;
    f->end += length - old;
    write_length(f, f->end - PREFIX);
}

/* The place of any character of the header that is one of some; the end if there is none. */
static size_t any_of(file *f, const char *characters) {
    size_t length = f->end - PREFIX, start = draw(f, length);
    for (size_t i = 0; i < length; i++) {
        size_t at = PREFIX + (start + i) % length;
        if (f->bytes[at] && strchr(characters, f->bytes[at]))
            return at;
    }
    return f->end;
}

/* End of the member of an object, such as "shape":[2,3], that begins here. */
static size_t member_end(const file *f, size_t at) {
    int depth = 0;
    for (; at < f->end; at++) {
        uint8_t c = f->bytes[at];
        if ((c == ',' || c == '}' || c == ']') && !depth)
            break;
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    }
    return at;
}

static size_t any_member(file *f) {
    size_t at = any_of(f, "{,");
    return at < f->end ? at + 1 : at;
}

static void change_config(file *f) {
    static const int32_t values[] = {0,  1,  2,       3,       7,         16,
                                     17, -1, 1 << 15, 1 << 22, INT32_MAX, INT32_MIN};
    size_t place = 4 * draw(f, FIELDS);
    int32_t value;
    memcpy(&value, f->bytes + place, 4);
    uint32_t kind = draw(f, 4);
    if (kind == 0)
        value = values[draw(f, sizeof values / sizeof *values)];
    else if (kind == 1)
        memcpy(&value, f->bytes + 4 * draw(f, FIELDS), 4);
    else
        value = (int32_t)((uint32_t)value + (kind == 2 ? 1u : UINT32_MAX));
    memcpy(f->bytes + place, &value, 4);
}

static void change_number(file *f) {
    static const uint64_t values[] = {
        0, 1, UINT64_MAX, (uint64_t)1 << 63, (uint64_t)1 << 32, (uint64_t)1 << 56};
    size_t first = any_of(f, "0123456789"), last = first;
    while (first > PREFIX && f->bytes[first - 1] >= '0' && f->bytes[first - 1] <= '9')
        first--;
    uint64_t value = 0;
    for (last = first; last < f->end && f->bytes[last] >= '0' && f->bytes[last] <= '9'; last++)
        value = value * 10 + (uint64_t)(f->bytes[last] - '0');
    uint64_t other = values[draw(f, sizeof values / sizeof *values)];
    uint64_t changed[] = {other,     value + other, value + 1, value - 1,
                          value * 2, value / 2,     value * 4};
    char text[24];
    int length = snprintf(text, sizeof text, "%llu",
                          (unsigned long long)changed[draw(f, sizeof changed / sizeof *changed)]);
    replace(f, first, last - first, text, (size_t)length);
}

static void change_word(file *f) {
    static const char *const words[] = {"F32",   "I8",           "F16",          "BF16", "dtype",
                                        "shape", "data_offsets", "__metadata__", "\\",   ""};
    const char *word = words[draw(f, sizeof words / sizeof *words)];
    size_t first = any_of(f, "\""), last = first + 1;
    while (last < f->end && f->bytes[last] != '"')
        last++;
    if (last < f->end)
        replace(f, first + 1, last - first - 1, word, strlen(word));
}

/* Copy a member to another place, in front of another one or over it. */
static void copy_member(file *f, int over) {
    size_t from = any_member(f), to = any_member(f), length = member_end(f, from) - from;
    char *text = malloc(length + 1);
    if (!text)
        return;
    memcpy(text, f->bytes + from, length);
    text[length] = ',';
    replace(f, to, over ? member_end(f, to) - to : 0, text, over ? length : length + 1);
    free(text);
}

static void drop_member(file *f) {
    size_t from = any_member(f), end = member_end(f, from);
    replace(f, from, end - from + (end < f->end && f->bytes[end] == ','), "", 0);
}

/* An entry of a tensor, as safetensors writes it. */
typedef struct {
    char dtype[8];
    int dims, length; /* of the shape, and of the text */
    unsigned long long shape[2], begin, end;
} entry;

static entry read_entry(const file *f, size_t at) {
    char text[160] = "";
    entry e = {.dims = 2};
    memcpy(text, f->bytes + at, f->end - at < sizeof text - 1 ? f->end - at : sizeof text - 1);
    int found = sscanf(
        text, "\"dtype\":\"%7[A-Z0-9]\",\"shape\":[%llu,%llu],\"data_offsets\":[%llu,%llu]%n",
        e.dtype, &e.shape[0], &e.shape[1], &e.begin, &e.end, &e.length);
    if (found == 2) {
        e.dims = 1;
        e.shape[1] = 1;
        sscanf(text, "\"dtype\":\"%7[A-Z0-9]\",\"shape\":[%llu],\"data_offsets\":[%llu,%llu]%n",
               e.dtype, &e.shape[0], &e.begin, &e.end, &e.length);
    }
    return e;
}

static unsigned long long lie(file *f, unsigned long long value) {
    const unsigned long long values[] = {value + (1ull << 63), value + (1ull << 32), value * 2, 1,
                                         0};
    return draw(f, 2) ? value : values[draw(f, sizeof values / sizeof *values)];
}

/* Write an entry anew, so that its sizes fit together if they are added up carelessly. */
static void lie_about_entry(file *f) {
    char text[200], other[40];
    size_t at = 0;
    entry e = {.length = 0};
    for (int tries = 0; tries < 16 && !e.length; tries++) {
        at = any_member(f);
        e = read_entry(f, at);
    }
    if (!e.length)
        return;
    int width = strcmp(e.dtype, "F32") ? 1 : 4, is_split = e.dims == 2 && draw(f, 2);
    unsigned long long first = lie(f, e.shape[0]), second = lie(f, e.shape[1]);
    unsigned long long count = draw(f, 2) ? second : first * second;
    e.end = e.begin + (draw(f, 4) ? count * (unsigned long long)width : 0);
    snprintf(other, sizeof other, "%s%llu", is_split ? "],\"shape\":[" : ",", second);
    snprintf(text, sizeof text, "\"dtype\":\"%s\",\"shape\":[%llu%s],\"data_offsets\":[%llu,%llu]",
             e.dtype, first, e.dims == 2 ? other : "", e.begin, e.end);
    replace(f, at, (size_t)e.length, text, strlen(text));
}

static void change_value(file *f) {
    static const uint32_t values[] = {0x7fc00000, 0x7f800000, 0xff800000,
                                      0x7f7fffff, 0x80000000, 1};
    if (f->size < f->end + 4)
        return;
    size_t place = f->end + draw(f, f->size - f->end - 3) / 4 * 4;
    memcpy(f->bytes + place, &values[draw(f, sizeof values / sizeof *values)], 4);
}

static void change_text(file *f) {
    size_t at = PREFIX + draw(f, f->end - PREFIX), length = f->end - at;
    length = length > 16 ? 16 : length;
    uint8_t text[32];
    memcpy(text, f->bytes + at, length);
    replace(f, at, length, text, LLVMFuzzerMutate(text, length, sizeof text));
}

static void cut(file *f) {
    size_t from = draw(f, 2) ? f->end : PREFIX;
    f->size = from + draw(f, f->size - from + 1);
}

size_t mutate_model(uint8_t *bytes, size_t size, size_t room, unsigned seed) {
    file f = {bytes, size, room, 0, seed};
    uint64_t length = 0;
    for (int i = 7; size >= PREFIX && i >= 0; i--)
        length = length << 8 | bytes[CONFIG + i];
    draw(&f, 1);
    if (size <= PREFIX || !length || length > size - PREFIX || !draw(&f, 16))
        return LLVMFuzzerMutate(bytes, size, room);
    f.end = PREFIX + (size_t)length;
    switch (draw(&f, 14)) {
    case 0:
    case 1: change_config(&f); break;
    case 2:
    case 3: change_number(&f); break;
    case 4: change_word(&f); break;
    case 5: copy_member(&f, 0); break;
    case 6: copy_member(&f, 1); break;
    case 7: drop_member(&f); break;
    case 8: change_value(&f); break;
    case 9: change_text(&f); break;
    case 10: cut(&f); break;
    case 11:
    case 12: lie_about_entry(&f); break;
    default: write_length(&f, length + draw(&f, 17) - 8);
    }
    return f.size;
}

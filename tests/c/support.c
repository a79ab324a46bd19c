#include "support.h"

int failures = 0;

void check(bool condition, const char *text, const char *file, int line)
{
    if (condition)
        return;
    failures++;
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, text);
}

void check_status(lvt_status got, lvt_status want, lvt_error **error, const char *text, const char *file, int line)
{
    if (got != want) {
        lvt_str message = lvt_error_message(*error);
        failures++;
        fprintf(stderr, "%s:%d: %s, not %s: %s: %.*s\n", file, line, lvt_status_name(got), lvt_status_name(want), text,
               (int)message.len, (const char *)message.data);
    } else {
        check(lvt_error_code(*error) == want, text, file, line);
        check((*error == NULL) == (want == LVT_OK), text, file, line);
        check(want == LVT_OK || lvt_error_message(*error).len > 0, text, file, line);
        check(want == LVT_OK || strcmp(lvt_error_name(*error), lvt_status_name(want)) == 0, text, file, line);
    }
    lvt_error_free(*error);
    *error = NULL;
}

lvt_str str(const char *text)
{
    return (lvt_str){ (const uint8_t *)text, strlen(text) };
}

bool same(lvt_str a, lvt_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool contains(lvt_str text, const char *part)
{
    size_t len = strlen(part);
    for (size_t i = 0; i + len <= text.len; i++)
        if (memcmp(text.data + i, part, len) == 0)
            return true;
    return false;
}

lvt_str buffer_str(const lvt_buffer *buffer)
{
    return (lvt_str){ buffer->data, buffer->len };
}

void *allocate(size_t size)
{
    void *memory = calloc(1, size > 0 ? size : 1);
    if (memory == NULL) {
        fprintf(stderr, "no memory\n");
        exit(2);
    }
    return memory;
}

bool read_file(const char *path, uint8_t **data, size_t *len)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    size_t capacity = 1 << 16;
    *data = allocate(capacity);
    *len = 0;
    size_t count;
    while ((count = fread(*data + *len, 1, capacity - *len, file)) > 0) {
        *len += count;
        if (*len == capacity) {
            uint8_t *larger = allocate(capacity * 2);
            memcpy(larger, *data, *len);
            free(*data);
            *data = larger;
            capacity *= 2;
        }
    }
    bool good = !ferror(file);
    fclose(file);
    if (!good)
        free(*data);
    return good;
}

// Ends the program when something fails that the tests only build upon.
static void must(lvt_status status, lvt_error *error)
{
    if (status == LVT_OK)
        return;
    lvt_str message = lvt_error_message(error);
    fprintf(stderr, "%s: %.*s\n", lvt_status_name(status), (int)message.len, (const char *)message.data);
    exit(2);
}

lvt_template *template_of(const char *source)
{
    lvt_error *error = NULL;
    lvt_template *template = NULL;
    lvt_template_builder *builder = lvt_template_builder_new();
    must(lvt_template_builder_add_source(builder, TEXT("t"), TEXT(source), &error), error);
    must(lvt_template_builder_build(builder, &template, &error), error);
    lvt_template_builder_free(builder);
    return template;
}

lvt_application *application_of(const char *id)
{
    lvt_error *error = NULL;
    lvt_application *application = NULL;
    lvt_application_options *options = lvt_application_options_new();
    must(lvt_application_options_set_id(options, TEXT(id), &error), error);
    must(lvt_application_options_set_signing_key(options, TEXT("0123456789abcdef0123456789abcdef"), &error), error);
    must(lvt_application_new(options, &application, &error), error);
    lvt_application_options_free(options);
    return application;
}

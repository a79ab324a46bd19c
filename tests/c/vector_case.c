// Reads a case of tests/vectors and compares with what it says.
#include "vector.h"

lvt_str slice(lvt_str text, size_t from, size_t to)
{
    return (lvt_str){ text.data + from, to - from };
}

bool starts(lvt_str text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

size_t find(lvt_str text, const char *part)
{
    size_t len = strlen(part);
    for (size_t i = 0; i + len <= text.len; i++)
        if (memcmp(text.data + i, part, len) == 0)
            return i;
    return text.len;
}

lvt_str rest(lvt_str line)
{
    size_t space = find(line, " ");
    return slice(line, space < line.len ? space + 1 : line.len, line.len);
}

lvt_str take_line(lvt_str *text)
{
    size_t end = find(*text, "\n");
    lvt_str line = slice(*text, 0, end);
    *text = slice(*text, end < text->len ? end + 1 : end, text->len);
    return line;
}

void fail(vector *v, size_t state, const char *what, lvt_str detail)
{
    if (v->failure[0] == '\0')
        snprintf(v->failure, sizeof v->failure, "state %zu: %s: %.*s", state, what, (int)detail.len,
                 (const char *)detail.data);
}

void fail_error(vector *v, size_t state, const char *what, lvt_error **error)
{
    fail(v, state, what, lvt_error_message(*error));
    lvt_error_free(*error);
    *error = NULL;
}

void compare(vector *v, size_t state, const char *what, lvt_str got, lvt_str want)
{
    if (same(got, want))
        return;
    size_t at = 0;
    while (at < got.len && at < want.len && got.data[at] == want.data[at])
        at++;
    char text[512];
    size_t from = at > 20 ? at - 20 : 0;
    int len = snprintf(text, sizeof text, "differs at byte %zu: got %.*s, want %.*s", at,
                       (int)(got.len - from > 120 ? 120 : got.len - from), (const char *)got.data + from,
                       (int)(want.len - from > 120 ? 120 : want.len - from), (const char *)want.data + from);
    fail(v, state, what, (lvt_str){ (const uint8_t *)text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1 });
}

bool read_vector(vector *v)
{
    size_t len;
    if (!read_file(v->path, &v->file, &len)) {
        v->file = NULL;
        fail(v, 0, "cannot read", str(v->path));
        return false;
    }
    lvt_str text = { v->file, len };
    // There cannot be more sections than lines.
    size_t lines = 1;
    for (size_t i = 0; i < len; i++)
        lines += text.data[i] == '\n';
    v->sections = allocate(lines * sizeof *v->sections);
    v->external = allocate(lines * sizeof *v->external);
    while (text.len > 0) {
        const uint8_t *start = text.data;
        lvt_str line = take_line(&text);
        bool heading = line.len > 6 && starts(line, "-- ") && memcmp(line.data + line.len - 3, " --", 3) == 0;
        if (heading) {
            v->sections[v->count].heading = slice(line, 3, line.len - 3);
            v->sections[v->count].content = (lvt_str){ text.data, 0 };
            v->count++;
        } else if (v->count > 0) {
            section *last = &v->sections[v->count - 1];
            last->content.len = (size_t)(start - last->content.data) + line.len + 1;
        }
    }
    for (size_t i = 0; i < v->count; i++) {
        section *s = &v->sections[i];
        // A last line without its newline ends at the end of the file.
        size_t left = (size_t)(v->file + len - s->content.data);
        if (s->content.len > left)
            s->content.len = left;
        if (s->content.len > 0 && s->content.data[s->content.len - 1] == '\n')
            s->content.len--;
        size_t from = find(s->heading, " < ");
        if (from == s->heading.len)
            continue;
        lvt_str name = slice(s->heading, from + 3, s->heading.len);
        char path[MAX_PATH];
        const char *slash = strrchr(v->path, '/');
        snprintf(path, sizeof path, "%.*s%.*s", (int)(slash - v->path + 1), v->path, (int)name.len,
                 (const char *)name.data);
        if (!read_file(path, &v->external[i], &s->content.len)) {
            v->external[i] = NULL;
            fail(v, 0, "cannot read", str(path));
            return false;
        }
        s->content.data = v->external[i];
        s->heading.len = from;
    }
    return true;
}

void free_vector(vector *v)
{
    for (size_t i = 0; i < v->count; i++)
        free(v->external[i]);
    free(v->external);
    free(v->sections);
    free(v->file);
}

const section *section_of(const vector *v, const char *heading)
{
    for (size_t i = 0; i < v->count; i++)
        if (same(v->sections[i].heading, str(heading)))
            return &v->sections[i];
    return NULL;
}

const section *expected(const vector *v, const char *kind, size_t state)
{
    char heading[64];
    snprintf(heading, sizeof heading, "%s %zu", kind, state);
    return section_of(v, heading);
}

void compare_error(vector *v, size_t state, const char *what, lvt_error **error)
{
    const section *want = expected(v, "error", state);
    if (want == NULL) {
        fail_error(v, state, what, error);
        return;
    }
    lvt_str text = want->content;
    while (text.len > 0) {
        lvt_str line = take_line(&text);
        char number[32];
        lvt_str got;
        if (starts(line, "code ")) {
            got = str(lvt_error_name(*error));
        } else if (starts(line, "template ")) {
            got = lvt_error_template(*error);
        } else if (starts(line, "message ")) {
            got = lvt_error_message(*error);
        } else if (starts(line, "line ") || starts(line, "column ")) {
            snprintf(number, sizeof number, "%u",
                     (unsigned)(starts(line, "line ") ? lvt_error_line(*error) : lvt_error_column(*error)));
            got = str(number);
        } else {
            fail(v, state, "unknown field of an error", line);
            continue;
        }
        compare(v, state, what, got, rest(line));
    }
    const section *details = expected(v, "details", state);
    if (details != NULL)
        compare(v, state, what, lvt_error_details(*error), details->content);
    lvt_error_free(*error);
    *error = NULL;
}

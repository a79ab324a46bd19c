// Runs the vectors of tests/vectors (see the README there) and writes a transcript of each.
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

enum { MAX_PATH = 4096 };

// One `-- heading --` part of a case; both texts point into the file.
typedef struct {
    lvt_str heading;
    lvt_str content;
} section;

typedef struct {
    const char *path;
    uint8_t *file;
    section *sections;
    size_t count;
    // Files that sections are read from, freed with the case.
    uint8_t **external;
    int32_t flags;
    // Names of the formats in which the case is walked once more.
    lvt_str wires;
    // Where the repository is, and the case's path below tests/vectors.
    const char *root, *relative;
    FILE *transcript;
    // The first thing that went wrong, empty when nothing did.
    char failure[1024];
} vector;

static lvt_str slice(lvt_str text, size_t from, size_t to)
{
    return (lvt_str){ text.data + from, to - from };
}

static bool starts(lvt_str text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

// Position of `part` in `text`, text.len when it is not there.
static size_t find(lvt_str text, const char *part)
{
    size_t len = strlen(part);
    for (size_t i = 0; i + len <= text.len; i++)
        if (memcmp(text.data + i, part, len) == 0)
            return i;
    return text.len;
}

// What follows the first space.
static lvt_str rest(lvt_str line)
{
    size_t space = find(line, " ");
    return slice(line, space < line.len ? space + 1 : line.len, line.len);
}

// Takes the next line off `text`.
static lvt_str take_line(lvt_str *text)
{
    size_t end = find(*text, "\n");
    lvt_str line = slice(*text, 0, end);
    *text = slice(*text, end < text->len ? end + 1 : end, text->len);
    return line;
}

static void fail(vector *v, size_t state, const char *what, lvt_str detail)
{
    if (v->failure[0] == '\0')
        snprintf(v->failure, sizeof v->failure, "state %zu: %s: %.*s", state, what, (int)detail.len,
                 (const char *)detail.data);
}

static void fail_error(vector *v, size_t state, const char *what, lvt_error **error)
{
    fail(v, state, what, lvt_error_message(*error));
    lvt_error_free(*error);
    *error = NULL;
}

// Compares bytes and reports the place of the first difference.
static void compare(vector *v, size_t state, const char *what, lvt_str got, lvt_str want)
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

static bool read_vector(vector *v)
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

static void free_vector(vector *v)
{
    for (size_t i = 0; i < v->count; i++)
        free(v->external[i]);
    free(v->external);
    free(v->sections);
    free(v->file);
}

// The section `want N` or `error N`; NULL when there is none.
static const section *expected(const vector *v, const char *kind, size_t state)
{
    char heading[64];
    snprintf(heading, sizeof heading, "%s %zu", kind, state);
    for (size_t i = 0; i < v->count; i++)
        if (same(v->sections[i].heading, str(heading)))
            return &v->sections[i];
    return NULL;
}

// Compares an error with the fields of an `error N` section and frees it.
static void compare_error(vector *v, size_t state, const char *what, lvt_error **error)
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

// The function `check`: its second argument, or an error when the first is not true.
static lvt_status check_argument(void *data, const lvt_value *const *args, size_t len, lvt_value **result,
                                 lvt_error **error)
{
    (void)data, (void)len;
    bool is_true = false;
    if (lvt_value_as_bool(args[0], &is_true, NULL) != LVT_OK || !is_true) {
        *error = lvt_error_new(TEXT("check failed"), NULL, NULL);
        return LVT_ERR_INVALID_DATA;
    }
    *result = lvt_value_clone(args[1]);
    return LVT_OK;
}

static lvt_status tick(void *data, const lvt_value *const *args, size_t len, lvt_value **result, lvt_error **error)
{
    (void)data, (void)args, (void)len;
    return lvt_value_new_string(TEXT("tick"), result, error);
}

// Registers what the option `functions` stands for.
static lvt_status add_functions(lvt_template_builder *builder, lvt_error **error)
{
    lvt_function check = { .function = check_argument }, plain = { .function = tick };
    lvt_status status = lvt_template_builder_add_function(builder, TEXT("check"), &check, 2, 2, 0, error);
    if (status != LVT_OK)
        return status;
    return lvt_template_builder_add_function(builder, TEXT("tick"), &plain, 0, 0, 0, error);
}

// A number that a line ends with.
static size_t number(lvt_str digits)
{
    size_t n = 0;
    for (size_t i = 0; i < digits.len; i++)
        n = n * 10 + (digits.data[i] - '0');
    return n;
}

static lvt_template *build_template(vector *v, lvt_error **error)
{
    lvt_template *template = NULL;
    lvt_template_builder *builder = lvt_template_builder_new();
    lvt_status status = LVT_OK;
    v->flags = LVT_DATA_TIME;
    for (size_t i = 0; i < v->count && status == LVT_OK; i++) {
        section *s = &v->sections[i];
        if (starts(s->heading, "template")) {
            status = lvt_template_builder_add_source(builder, STR(rest(s->heading)), STR(s->content), error);
            continue;
        }
        if (!same(s->heading, str("options")))
            continue;
        lvt_str text = s->content;
        while (text.len > 0 && status == LVT_OK) {
            lvt_str line = take_line(&text);
            if (same(line, str("trusted"))) {
                v->flags |= LVT_DATA_TRUSTED;
            } else if (same(line, str("no-times"))) {
                v->flags &= ~LVT_DATA_TIME;
            } else if (starts(line, "numbers ")) {
                bool strict = same(rest(line), str("strict"));
                status = lvt_template_builder_set_numbers(builder, strict ? LVT_NUMBERS_STRICT : LVT_NUMBERS_ADAPTIVE,
                                                          error);
            } else if (starts(line, "missingkey ")) {
                bool zero = same(rest(line), str("zero")), stop = same(rest(line), str("error"));
                status = lvt_template_builder_set_missing_key(
                    builder, zero ? LVT_MISSING_KEY_ZERO : stop ? LVT_MISSING_KEY_ERROR : LVT_MISSING_KEY_DEFAULT, error);
            } else if (starts(line, "delims ")) {
                lvt_str both = rest(line);
                lvt_str left = slice(both, 0, find(both, " "));
                status = lvt_template_builder_set_delims(builder, STR(left), STR(rest(both)), error);
            } else if (starts(line, "wire ")) {
                v->wires = rest(line);
            } else if (same(line, str("functions"))) {
                status = add_functions(builder, error);
            } else if (starts(line, "max-steps ")) {
                status = lvt_template_builder_set_max_steps(builder, number(rest(line)), error);
            } else if (starts(line, "max-output ")) {
                status = lvt_template_builder_set_max_output(builder, number(rest(line)), error);
            } else if (!starts(line, "go-") && !same(line, str("times")) && line.len > 0) {
                fail(v, 0, "unknown option", line);
            }
        }
    }
    if (status == LVT_OK)
        lvt_template_builder_build(builder, &template, error);
    lvt_template_builder_free(builder);
    return template;
}

static void make_folder(const char *path)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
}

// Opens target/transcripts/c/<area>-<name>.bin for a case, or <area>-<name>.<wire>.bin.
static FILE *open_transcript(const vector *v, lvt_str wire)
{
    char path[MAX_PATH];
    const char *const folders[] = { "target", "target/transcripts", "target/transcripts/c" };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, sizeof path, "%s/%s", v->root, folders[i]);
        make_folder(path);
    }
    size_t start = strlen(path) + 1;
    snprintf(path + strlen(path), sizeof path - strlen(path), "/%.*s%s%.*s.bin",
             (int)(strlen(v->relative) - strlen(".txtar")), v->relative, wire.len > 0 ? "." : "", (int)wire.len,
             (const char *)wire.data);
    for (char *c = path + start; *c != '\0'; c++)
        if (*c == '/')
            *c = '-';
    return fopen(path, "wb");
}

static void record(vector *v, const char *kind, lvt_str bytes)
{
    fprintf(v->transcript, "%s %zu\n", kind, bytes.len);
    fwrite(bytes.data, 1, bytes.len, v->transcript);
    fputc('\n', v->transcript);
}

// Compares a page's HTML with `want`, which lacks the wrapper `<div data-lvt-id="ID">` and its end tag. The place of the
// end tag is where the rest agrees.
static void compare_wrapped(vector *v, size_t state, lvt_str id, lvt_str html, lvt_str want)
{
    char tag[128];
    snprintf(tag, sizeof tag, "<div data-lvt-id=\"%.*s\">", (int)id.len, (const char *)id.data);
    size_t open = find(html, tag);
    size_t inner = open + strlen(tag);
    if (inner > html.len || html.len != want.len + strlen(tag) + strlen("</div>")) {
        compare(v, state, "the page without its wrapper", html, want);
        return;
    }
    for (size_t end = inner; end + strlen("</div>") <= html.len; end++) {
        if (memcmp(html.data + end, "</div>", strlen("</div>")) == 0
            && memcmp(html.data, want.data, open) == 0
            && memcmp(html.data + inner, want.data + open, end - inner) == 0
            && same(slice(html, end + strlen("</div>"), html.len), slice(want, open + end - inner, want.len)))
            return;
    }
    compare(v, state, "the page", slice(html, inner, html.len), slice(want, open, want.len));
}

// Compares what the page shows with a state's expected HTML, also by rendering the page's data afresh. A patch that
// failed left the page unchanged and nothing in the transcript.
static void compare_page(vector *v, size_t state, bool changed, const lvt_template *template, const lvt_page *page,
                         lvt_str want)
{
    lvt_error *error = NULL;
    lvt_buffer html = { 0 };
    lvt_value *data = NULL;
    if (lvt_page_render(page, &html, &error) != LVT_OK) {
        fail_error(v, state, "render of the page", &error);
        return;
    }
    compare_wrapped(v, state, lvt_page_id(page), buffer_str(&html), want);
    if (changed)
        record(v, "html", buffer_str(&html));
    lvt_buffer_free(&html);
    if (lvt_page_data(page, &data, &error) != LVT_OK || lvt_template_render(template, data, &html, &error) != LVT_OK)
        fail_error(v, state, "render of the page's data", &error);
    else
        compare(v, state, "the page's data", buffer_str(&html), want);
    lvt_buffer_free(&html);
    lvt_value_free(data);
}

// What leads to the next state.
typedef enum { PATCH, UPDATE, SET_DATA, NO_STEP } step;

static step step_of(lvt_str heading)
{
    return starts(heading, "patch ")      ? PATCH
           : starts(heading, "update ")   ? UPDATE
           : starts(heading, "set_data ") ? SET_DATA
                                          : NO_STEP;
}

// Takes a step by its JSON text. There is no update when data is set aside.
static lvt_status take_text(const lvt_page *page, step kind, lvt_str text, int32_t flags, lvt_update **update,
                            lvt_error **error)
{
    *update = NULL;
    switch (kind) {
    case PATCH:
        return lvt_page_patch_json(page, STR(text), flags, update, error);
    case UPDATE:
        return lvt_page_update_json(page, STR(text), flags, update, error);
    default:
        return lvt_page_set_data_json(page, STR(text), flags, error);
    }
}

// The same by a value.
static lvt_status take_value(const lvt_page *page, step kind, lvt_str text, int32_t flags, lvt_update **update,
                             lvt_error **error)
{
    *update = NULL;
    lvt_value *value = NULL;
    lvt_status status = lvt_value_new_json(STR(text), flags, &value, error);
    if (status == LVT_OK)
        status = kind == PATCH    ? lvt_page_patch(page, value, update, error)
                 : kind == UPDATE ? lvt_page_update(page, value, update, error)
                                  : lvt_page_set_data(page, value, error);
    lvt_value_free(value);
    return status;
}

// Writes the figures of an update as a transcript has them.
static void write_stats(const lvt_update *update, char *text, size_t size)
{
    int len = snprintf(text, size, "bytes %zu\nfull_render_bytes %zu\nreduction %u\nslots_evaluated %zu\noutside %zu",
             lvt_update_bytes(update), lvt_update_full_render_bytes(update),
             (unsigned)(lvt_update_reduction(update) * 1e6), lvt_update_slots_evaluated(update),
             lvt_update_outside(update));
    for (size_t i = 0; lvt_update_reason_at(update, i).len > 0 && len > 0 && (size_t)len < size; i++)
        len += snprintf(text + len, size - (size_t)len, "\n%.*s %zu", (int)lvt_update_reason_at(update, i).len,
                        (const char *)lvt_update_reason_at(update, i).data, lvt_update_reason_count(update, i));
}

// Takes a step on the page by JSON text and on the other by a value, and sees that both do the same. What the first gave is
// the caller's.
static lvt_status take(vector *v, size_t state, const section *s, const lvt_page *page, const lvt_page *other,
                       lvt_update **update, lvt_error **error)
{
    lvt_update *second = NULL;
    lvt_error *failure = NULL;
    step kind = step_of(s->heading);
    lvt_status status = take_text(page, kind, s->content, v->flags, update, error);
    lvt_status again = take_value(other, kind, s->content, v->flags, &second, &failure);
    if (status != again) {
        fail(v, state, "by text and by value", lvt_error_message(*error == NULL ? failure : *error));
    } else if (status != LVT_OK) {
        compare(v, state, "error by value", lvt_error_message(failure), lvt_error_message(*error));
    } else {
        char one[256], two[256];
        write_stats(*update, one, sizeof one);
        write_stats(second, two, sizeof two);
        compare(v, state, "update by value", lvt_update_payload(second), lvt_update_payload(*update));
        compare(v, state, "figures by value", str(two), str(one));
    }
    lvt_error_free(failure);
    lvt_update_free(second);
    return status;
}

// Sees that what was given once more has nothing to send. Takes the update.
static void nothing(vector *v, size_t state, const char *what, lvt_status status, lvt_update *update, lvt_error **error)
{
    if (status != LVT_OK)
        fail_error(v, state, what, error);
    else if (!lvt_update_is_empty(update))
        fail(v, state, what, lvt_update_payload(update));
    lvt_update_free(update);
}

// Takes every step on both pages and compares each state.
static void walk(vector *v, const lvt_template *template, const lvt_page *page, const lvt_page *other)
{
    lvt_error *error = NULL;
    lvt_update *update = NULL;
    lvt_buffer tree = { 0 };
    lvt_value *data = NULL;
    size_t state = 0;
    const section *want = expected(v, "want", 0);
    if (want == NULL) {
        fail(v, 0, "an error was expected", str("there is none"));
        return;
    }
    if (lvt_page_tree(page, NULL, 0, NULL, 0, &tree, &error) != LVT_OK) {
        fail_error(v, 0, "tree of the page", &error);
        return;
    }
    record(v, "tree", buffer_str(&tree));
    lvt_buffer_free(&tree);
    compare_page(v, 0, true, template, page, want->content);
    for (size_t i = 0; i < v->count; i++) {
        const section *s = &v->sections[i];
        step kind = step_of(s->heading);
        if (kind == NO_STEP)
            continue;
        state++;
        lvt_status status = take(v, state, s, page, other, &update, &error);
        if (status != LVT_OK) {
            compare_error(v, state, "step", &error);
        } else {
            if (kind != SET_DATA) {
                char stats[256];
                write_stats(update, stats, sizeof stats);
                record(v, "update", lvt_update_payload(update));
                record(v, "stats", str(stats));
                if (lvt_update_is_empty(update) != (lvt_update_payload(update).len == 0)
                    || lvt_update_bytes(update) != lvt_update_payload(update).len)
                    fail(v, state, "figures of the update", lvt_update_payload(update));
            }
            lvt_update_free(update);
            want = expected(v, "want", state);
            if (want == NULL) {
                fail(v, state, "an error was expected", str("there is none"));
                return;
            }
        }
        compare_page(v, state, status == LVT_OK && kind != SET_DATA, template, page, want->content);
        if (status == LVT_OK && kind == UPDATE) {
            status = lvt_page_update_json(page, STR(s->content), v->flags, &update, &error);
            nothing(v, state, "the same update again", status, update, &error);
        }
    }
    lvt_status status = lvt_page_patch_json(page, TEXT("[]"), 0, &update, &error);
    nothing(v, state, "an empty patch", status, update, &error);
    status = lvt_page_data(page, &data, &error);
    if (status == LVT_OK)
        status = lvt_page_update(page, data, &update, &error);
    nothing(v, state, "the same data", status, update, &error);
    lvt_value_free(data);
}

// Records what the page shows, after the messages of the step that led there.
static bool record_page(vector *v, size_t state, const lvt_page *page)
{
    lvt_error *error = NULL;
    lvt_buffer html = { 0 };
    if (lvt_page_render(page, &html, &error) != LVT_OK) {
        fail_error(v, state, "render of the page", &error);
        return false;
    }
    record(v, "html", buffer_str(&html));
    lvt_buffer_free(&html);
    return true;
}

static bool record_resync(vector *v, size_t state, const lvt_page *page)
{
    lvt_error *error = NULL;
    lvt_buffer message = { 0 };
    if (lvt_page_resync(page, &message, &error) != LVT_OK) {
        fail_error(v, state, "resync", &error);
        return false;
    }
    record(v, "resync", buffer_str(&message));
    lvt_buffer_free(&message);
    return true;
}

// Takes every step on a page in another format.
static void walk_wire(vector *v, const lvt_page *page)
{
    lvt_error *error = NULL;
    size_t state = 0;
    if (!record_resync(v, 0, page) || !record_page(v, 0, page))
        return;
    for (size_t i = 0; i < v->count; i++) {
        step kind = step_of(v->sections[i].heading);
        if (kind == NO_STEP)
            continue;
        state++;
        lvt_update *update = NULL;
        if (take_text(page, kind, v->sections[i].content, v->flags, &update, &error) != LVT_OK) {
            compare_error(v, state, "step", &error);
        } else if (update != NULL) {
            const lvt_field_error wrong[] = { { str("Name"), str("is <empty>") } };
            lvt_buffer reply = { 0 };
            char stats[256];
            write_stats(update, stats, sizeof stats);
            record(v, "update", lvt_update_payload(update));
            if (lvt_update_reply(update, TEXT("save"), wrong, 1, &reply, &error) != LVT_OK)
                fail_error(v, state, "reply", &error);
            record(v, "reply", buffer_str(&reply));
            lvt_buffer_free(&reply);
            record(v, "stats", str(stats));
            record_page(v, state, page);
        }
        lvt_update_free(update);
    }
    record_resync(v, state, page);
}

// Walks the case in each format that it names, with a transcript for each.
static void walk_wires(vector *v, const lvt_application *application, const lvt_template *template, lvt_str data)
{
    lvt_str names = v->wires;
    while (names.len > 0) {
        lvt_str wire = slice(names, 0, find(names, " "));
        names = rest(names);
        lvt_error *error = NULL;
        lvt_page *page = NULL;
        lvt_page_options *options = lvt_page_options_new();
        FILE *first = v->transcript;
        v->transcript = open_transcript(v, wire);
        if (v->transcript == NULL)
            fail(v, 0, "cannot write the transcript", wire);
        else if (lvt_page_options_set_wire(options, STR(wire), &error) != LVT_OK
                 || lvt_page_new_json(application, template, STR(data), v->flags, options, &page, &error) != LVT_OK)
            fail_error(v, 0, "page in another format", &error);
        else
            walk_wire(v, page);
        if (v->transcript != NULL)
            fclose(v->transcript);
        v->transcript = first;
        lvt_page_close(page);
        lvt_page_free(page);
        lvt_page_options_free(options);
    }
}

// Compares what the template's places read with the section `dependencies`: a line for each.
static void compare_dependencies(vector *v, const lvt_template *template)
{
    lvt_error *error = NULL;
    lvt_buffer json = { 0 };
    for (size_t i = 0; i < v->count; i++) {
        if (!same(v->sections[i].heading, str("dependencies")))
            continue;
        lvt_str lines = v->sections[i].content;
        if (lvt_template_dependencies(template, &json, &error) != LVT_OK) {
            fail_error(v, 0, "dependencies", &error);
            return;
        }
        char *list = allocate(lines.len + 3);
        snprintf(list, lines.len + 3, "[%.*s]", (int)lines.len, (const char *)lines.data);
        // A newline within a text is written `\n`.
        for (char *c = list; *c != '\0'; c++)
            if (*c == '\n')
                *c = ',';
        compare(v, 0, "dependencies", buffer_str(&json), str(list));
        lvt_buffer_free(&json);
        free(list);
    }
}

// Compares what can be told of the template, and of a page of it, with the section `analysis`.
static void compare_analysis(vector *v, const lvt_template *template, const lvt_page *page)
{
    lvt_error *error = NULL;
    for (size_t i = 0; i < v->count; i++) {
        if (!same(v->sections[i].heading, str("analysis")))
            continue;
        lvt_buffer json = { 0 }, of_page = { 0 }, want = { 0 };
        lvt_value *value = NULL;
        if (lvt_template_analysis(template, &json, &error) != LVT_OK
            || lvt_page_analysis(page, &of_page, &error) != LVT_OK
            || lvt_value_new_json(STR(v->sections[i].content), 0, &value, &error) != LVT_OK
            || lvt_value_to_json(value, 0, &want, &error) != LVT_OK) {
            fail_error(v, 0, "analysis", &error);
        } else {
            compare(v, 0, "analysis", buffer_str(&json), buffer_str(&want));
            compare(v, 0, "analysis of the page", buffer_str(&of_page), buffer_str(&want));
        }
        lvt_buffer_free(&json);
        lvt_buffer_free(&of_page);
        lvt_buffer_free(&want);
        lvt_value_free(value);
    }
}

static void run_vector(vector *v, const lvt_application *application)
{
    lvt_error *error = NULL;
    lvt_template *template = build_template(v, &error);
    const section *data = NULL;
    for (size_t i = 0; i < v->count; i++)
        if (same(v->sections[i].heading, str("data")))
            data = &v->sections[i];
    if (template == NULL || data == NULL) {
        compare_error(v, 0, "build", &error);
        lvt_template_free(template);
        return;
    }
    lvt_buffer html = { 0 };
    const section *want = expected(v, "want", 0);
    if (lvt_template_render_json(template, STR(data->content), v->flags, &html, &error) != LVT_OK)
        compare_error(v, 0, "render", &error);
    else if (want != NULL)
        compare(v, 0, "render", buffer_str(&html), want->content);
    else
        fail(v, 0, "an error was expected", buffer_str(&html));
    lvt_buffer_free(&html);
    compare_dependencies(v, template);
    lvt_page *page = NULL, *other = NULL;
    lvt_value *value = NULL;
    if (lvt_page_new_json(application, template, STR(data->content), v->flags, NULL, &page, &error) != LVT_OK)
        compare_error(v, 0, "page", &error);
    else if (lvt_value_new_json(STR(data->content), v->flags, &value, &error) != LVT_OK
             || lvt_page_new(application, template, value, NULL, &other, &error) != LVT_OK)
        fail_error(v, 0, "page by value", &error);
    else {
        compare_analysis(v, template, page);
        walk(v, template, page, other);
    }
    walk_wires(v, application, template, data->content);
    lvt_value_free(value);
    lvt_page_close(page);
    lvt_page_free(page);
    lvt_page_close(other);
    lvt_page_free(other);
    lvt_template_free(template);
}

// The paths of the cases below a folder, sorted as the folders list them.
static void find_cases(const char *folder, char ***paths, size_t *count)
{
    struct dirent **entries;
    int found = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < found; i++) {
        char path[MAX_PATH];
        const char *name = entries[i]->d_name;
        size_t len = (size_t)snprintf(path, sizeof path, "%s/%s", folder, name);
        struct stat status;
        if (name[0] != '.' && len < sizeof path && stat(path, &status) == 0) {
            if (S_ISDIR(status.st_mode)) {
                find_cases(path, paths, count);
            } else if (len > 6 && strcmp(path + len - 6, ".txtar") == 0) {
                char **larger = realloc(*paths, (*count + 1) * sizeof **paths);
                if (larger == NULL)
                    exit(2);
                *paths = larger;
                (*paths)[*count] = strcpy(allocate(len + 1), path);
                (*count)++;
            }
        }
        free(entries[i]);
    }
    if (found >= 0)
        free(entries);
}

int run_vectors(const char *root)
{
    char folder[MAX_PATH];
    char **paths = NULL;
    size_t count = 0, passed = 0;
    snprintf(folder, sizeof folder, "%s/tests/vectors", root);
    find_cases(folder, &paths, &count);
    lvt_application *application = application_of("vectors");
    for (size_t i = 0; i < count; i++) {
        vector v = { .path = paths[i], .root = root, .relative = paths[i] + strlen(folder) + 1 };
        v.transcript = open_transcript(&v, str(""));
        if (v.transcript == NULL) {
            fail(&v, 0, "cannot write the transcript", str(strerror(errno)));
        } else {
            if (read_vector(&v))
                run_vector(&v, application);
            fclose(v.transcript);
            free_vector(&v);
        }
        if (v.failure[0] == '\0')
            passed++;
        else
            printf("FAIL %s: %s\n", paths[i] + strlen(folder) + 1, v.failure);
        free(paths[i]);
    }
    free(paths);
    if (lvt_application_page_count(application) != 0) {
        printf("FAIL: %zu pages stayed open\n", lvt_application_page_count(application));
        count++;
    }
    lvt_application_free(application);
    printf("vectors: %zu passed, %zu failed (c)\n", passed, count - passed);
    return count == 0 || passed != count;
}

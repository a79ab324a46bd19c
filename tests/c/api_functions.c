// Functions registered by the host: the table written by real Go, errors, drop, re-entry and threads.
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>

typedef const lvt_value *const *arguments;

static lvt_status echo(void *data, arguments args, size_t len, lvt_value **result, lvt_error **error)
{
    (void)data, (void)len, (void)error;
    *result = lvt_value_clone(args[0]);
    return LVT_OK;
}

static lvt_status list(void *data, arguments args, size_t len, lvt_value **result, lvt_error **error)
{
    (void)data;
    return lvt_value_new_list(args, len, result, error);
}

static lvt_status count(void *data, arguments args, size_t len, lvt_value **result, lvt_error **error)
{
    (void)data, (void)args, (void)error;
    *result = lvt_value_new_i64((int64_t)len);
    return LVT_OK;
}

// What the JSON text `data` says; nothing when it is NULL.
static lvt_status constant(void *data, arguments args, size_t len, lvt_value **result, lvt_error **error)
{
    (void)args, (void)len;
    return data == NULL ? LVT_OK : lvt_value_new_json(TEXT((const char *)data), LVT_DATA_TRUSTED, result, error);
}

static lvt_status trust(void *data, arguments args, size_t len, lvt_value **result, lvt_error **error)
{
    (void)data, (void)len;
    lvt_str text;
    lvt_status status = lvt_value_as_text(args[0], &text, error);
    return status != LVT_OK ? status : lvt_value_new_trusted(LVT_CONTENT_HTML, STR(text), result, error);
}

static lvt_status fail(void *data, arguments args, size_t len, lvt_value **result, lvt_error **error)
{
    (void)args, (void)len, (void)result;
    *error = lvt_error_new(TEXT("no <luck>"), data, NULL);
    return LVT_ERR_INVALID_DATA;
}

static lvt_status mark(void *data, arguments args, size_t len, lvt_value **result, lvt_error **error)
{
    (void)data;
    uint8_t text[256] = "<";
    size_t at = 1;
    for (size_t i = 0; i < len; i++) {
        lvt_str part = str(lvt_value_kind(args[i]) == LVT_KIND_NULL ? "0" : "#");
        if (lvt_value_kind(args[i]) == LVT_KIND_STRING)
            lvt_value_as_text(args[i], &part, NULL);
        if (part.len > sizeof text - 1 - at)
            return LVT_ERR_INVALID_DATA;
        memcpy(text + at, part.data, part.len);
        at += part.len;
    }
    text[at++] = '>';
    return lvt_value_new_string(text, at, result, error);
}

static void add(lvt_template_builder *builder, const char *name, lvt_function_body body, const char *data, size_t min,
                size_t max)
{
    lvt_error *error = NULL;
    lvt_function function = { body, (void *)(uintptr_t)data, NULL, NULL };
    OK(lvt_template_builder_add_function(builder, TEXT(name), &function, min, max, 0, &error));
}

// The functions of a set in tests/functions/main.go.
static void add_set(lvt_template_builder *builder, lvt_str set)
{
    add(builder, "echo", echo, NULL, 1, 1);
    add(builder, "pair", list, NULL, 2, 2);
    add(builder, "count", count, NULL, 1, SIZE_MAX);
    add(builder, "zero", constant, "\"z\"", 0, 0);
    add(builder, "nothing", constant, NULL, 0, SIZE_MAX);
    add(builder, "trust", trust, NULL, 1, 1);
    add(builder, "record", constant, "{\"a\":1,\"n\":null}", 0, 0);
    add(builder, "fail", fail, NULL, 0, SIZE_MAX);
    add(builder, "mark", mark, NULL, 0, SIZE_MAX);
    static const char *const names[] = { "html", "urlquery", "js",   "and",  "or",      "not",   "print",
                                         "len",  "index",    "eq",   "call", "default", "break", "continue" };
    if (same(set, str("own")))
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            add(builder, names[i], mark, NULL, 0, SIZE_MAX);
    for (size_t i = 0; i < 2; i++) {
        if (same(set, str("html-null")))
            add(builder, names[i], constant, NULL, 0, SIZE_MAX);
        else if (same(set, str("html-float")))
            add(builder, names[i], constant, "1.5", 0, SIZE_MAX);
        else if (same(set, str("html-list")))
            add(builder, names[i], constant, "[null,\"<\"]", 0, SIZE_MAX);
        else if (same(set, str("html-trust")))
            add(builder, names[i], constant, "{\"$html\":\"<h>\"}", 0, SIZE_MAX);
        else if (same(set, str("html-fail")))
            add(builder, names[i], fail, NULL, 0, SIZE_MAX);
        else if (same(set, str("html-zero")))
            add(builder, names[i], constant, "\"z\"", 0, 0);
    }
}

static lvt_str member(const lvt_value *object, const char *name)
{
    lvt_str text = { 0 };
    const lvt_value *value = lvt_value_get(object, TEXT(name));
    if (value != NULL)
        lvt_value_as_text(value, &text, NULL);
    return text;
}

// One line of the table.
static void table_case(const lvt_value *line)
{
    static const char data[] = "{\"X\":\"<x>\",\"N\":null,\"I\":3,\"F\":1.5,\"L\":[1,\"<\"],\"M\":{\"k\":\"v\"}}";
    lvt_error *error = NULL;
    lvt_template *template = NULL;
    lvt_buffer html = { 0 };
    lvt_template_builder *builder = lvt_template_builder_new();
    add_set(builder, member(line, "set"));
    OK(lvt_template_builder_add_source(builder, TEXT("t"), STR(member(line, "source")), &error));
    lvt_status status = lvt_template_builder_build(builder, &template, &error);
    if (status == LVT_OK)
        status = lvt_template_render_json(template, TEXT(data), 0, &html, &error);
    lvt_str got = status == LVT_OK ? buffer_str(&html) : lvt_error_message(error);
    lvt_str want = member(line, status == LVT_OK ? "output" : "error");
    if (!same(got, want)) {
        failures++;
        lvt_str source = member(line, "source");
        fprintf(stderr, "%.*s\n  go   %.*s\n  ours %.*s\n", (int)source.len, (const char *)source.data, (int)want.len,
                (const char *)want.data, (int)got.len, (const char *)got.data);
    }
    lvt_error_free(error);
    lvt_buffer_free(&html);
    lvt_template_free(template);
    lvt_template_builder_free(builder);
}

static void table(const char *root)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/functions/table.jsonl", root);
    uint8_t *text;
    size_t len, lines = 0;
    if (!read_file(path, &text, &len)) {
        CHECK(!"the table can be read");
        return;
    }
    for (size_t start = 0, end; start < len; start = end + 1) {
        for (end = start; end < len && text[end] != '\n'; end++)
            ;
        lvt_error *error = NULL;
        lvt_value *line = NULL;
        OK(lvt_value_new_json(text + start, end - start, 0, &line, &error));
        table_case(line);
        lvt_value_free(line);
        lines++;
    }
    CHECK(lines > 170);
    free(text);
}

static void tally(void *data)
{
    ++*(atomic_int *)data;
}

// An error that carries the function's data, or what its JSON argument says.
static lvt_status refuse(void *data, arguments args, size_t len, lvt_value **result, lvt_error **error)
{
    (void)args, (void)result;
    if (len == 0)
        return LVT_ERR_PAGE_CLOSED;
    if (len == 1)
        return -7;
    ++*(atomic_int *)data;
    *error = lvt_error_new(TEXT("no\xff"), data, tally);
    // Not asked for on a failure, but freed all the same.
    *result = lvt_value_new_i64(1);
    return LVT_ERR_TEMPLATE_EXEC;
}

static void errors(void)
{
    lvt_error *error = NULL;
    lvt_buffer html = { 0 };
    atomic_int tallies = 0;
    lvt_function function = { refuse, &tallies, NULL, NULL };
    static const struct {
        const char *source, *message;
        lvt_status source_code;
    } cases[] = {
        { "<p>\n{{f}}", "template: t:2:2: executing \"t\" at <f>: error calling f: PageClosed", LVT_ERR_PAGE_CLOSED },
        { "{{f 1}}", "template: t:1:2: executing \"t\" at <f 1>: error calling f: Unknown", LVT_ERR_TEMPLATE_EXEC },
        { "{{f 1 2}}", "template: t:1:2: executing \"t\" at <f 1 2>: error calling f: no\xef\xbf\xbd", LVT_ERR_TEMPLATE_EXEC },
    };
    for (size_t i = 0; i < 3; i++) {
        lvt_template *template = NULL;
        lvt_template_builder *builder = lvt_template_builder_new();
        OK(lvt_template_builder_add_function(builder, TEXT("f"), &function, 0, SIZE_MAX, 0, &error));
        OK(lvt_template_builder_add_source(builder, TEXT("t"), TEXT(cases[i].source), &error));
        OK(lvt_template_builder_build(builder, &template, &error));
        CHECK(lvt_template_render_json(template, TEXT("1"), 0, &html, &error) == LVT_ERR_TEMPLATE_EXEC);
        CHECK(same(lvt_error_message(error), str(cases[i].message)));
        const lvt_error *source = lvt_error_source(error);
        CHECK(lvt_error_code(source) == cases[i].source_code);
        CHECK(lvt_error_source(source) == NULL);
        CHECK(lvt_error_user_data(source) == (i == 2 ? &tallies : NULL));
        CHECK(lvt_error_user_data(error) == (i == 2 ? &tallies : NULL));
        CHECK(tallies == (i == 2 ? 1 : 0));
        lvt_error_free(error);
        error = NULL;
        lvt_template_free(template);
        lvt_template_builder_free(builder);
    }
    CHECK(tallies == 2);
    CHECK(lvt_error_new(NULL, 3, &tallies, tally) == NULL);
    CHECK(tallies == 3);
}

// Takes constants as they are written and anything but text; the first argument `0` fails, `1` refuses the call.
static lvt_status typed(void *data, const lvt_argument *args, size_t len, bool complete, lvt_value **result, lvt_error **error)
{
    for (size_t i = 0; i < len; i++) {
        if (args[i].value != NULL && lvt_value_kind(args[i].value) == LVT_KIND_STRING) {
            *error = lvt_error_new_argument(i, TEXT("wrong type"));
            return LVT_ERR_TEMPLATE_EXEC;
        }
        CHECK((args[i].value == NULL) || args[i].constant.data == NULL);
    }
    if (!complete)
        return LVT_OK;
    ++*(int *)data;
    if (same(args[0].constant, str("0"))) {
        *error = lvt_error_new(TEXT("zero"), NULL, NULL);
        return LVT_ERR_TEMPLATE_EXEC;
    }
    if (same(args[0].constant, str("1"))) {
        *error = lvt_error_new_argument(SIZE_MAX, TEXT("not today"));
        return LVT_ERR_TEMPLATE_EXEC;
    }
    return lvt_value_new_string(STR(args[0].constant), result, error);
}

static void typed_functions(void)
{
    static const struct {
        const char *source, *result;
        int calls;
    } cases[] = {
        { "{{f 1e3 .}}", "1e3", 1 },
        { "{{f .Gone nil}}", "", 1 },
        { "{{f \"a\" .S}}", "template: t:1:8: executing \"t\" at <.S>: wrong type", 0 },
        { "{{f .S (len 1)}}", "template: t:1:4: executing \"t\" at <.S>: wrong type", 0 },
        { "{{f 2 (len 1)}}", "template: t:1:7: executing \"t\" at <len 1>: error calling len: len of type int", 0 },
        { "{{f 1 2}}", "template: t:1:2: executing \"t\" at <f>: not today", 1 },
        { "{{f 0 2}}", "template: t:1:2: executing \"t\" at <f 0 2>: error calling f: zero", 1 },
        { "{{f 0}}", "template: t:1:2: executing \"t\" at <f>: wrong number of args for f: want 2 got 1", 0 },
    };
    lvt_error *error = NULL;
    int calls = 0;
    lvt_typed_function function = { typed, &calls, NULL, NULL };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lvt_template *template = NULL;
        lvt_buffer html = { 0 };
        lvt_template_builder *builder = lvt_template_builder_new();
        int32_t flags = LVT_FUNCTION_FLAGS_TYPED_RESULT | LVT_FUNCTION_FLAGS_PURE;
        OK(lvt_template_builder_add_typed_function(builder, TEXT("f"), &function, 2, 2, flags, &error));
        OK(lvt_template_builder_add_source(builder, TEXT("t"), TEXT(cases[i].source), &error));
        OK(lvt_template_builder_build(builder, &template, &error));
        calls = 0;
        if (lvt_template_render_json(template, TEXT("{\"S\":\"x\"}"), 0, &html, &error) == LVT_OK)
            CHECK(same(buffer_str(&html), str(cases[i].result)));
        else
            CHECK(same(lvt_error_message(error), str(cases[i].result)));
        CHECK(calls == cases[i].calls);
        lvt_buffer_free(&html);
        lvt_error_free(error);
        error = NULL;
        lvt_template_free(template);
        lvt_template_builder_free(builder);
    }
}

static void dropping(void)
{
    lvt_error *error = NULL;
    atomic_int drops = 0;
    lvt_function function = { echo, &drops, tally, NULL };
    lvt_template_builder *builder = lvt_template_builder_new();
    // Refused: dropped at once.
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_builder_add_function(NULL, TEXT("f"), &function, 0, 1, 0, &error));
    CHECK(drops == 1);
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_builder_add_function(builder, TEXT("\xff"), &function, 0, 1, 0, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_builder_add_function(builder, TEXT("f"), &function, 2, 1, 0, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_builder_add_function(builder, TEXT("f"), &function, 0, 1, 3, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_builder_add_function(builder, TEXT("f"), &function, 0, 1, 8, &error));
    CHECK(drops == 5);
    lvt_function reserved = { echo, &drops, tally, &drops }, empty = { NULL, &drops, tally, NULL };
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_builder_add_function(builder, TEXT("f"), &reserved, 0, 1, 0, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_builder_add_function(builder, TEXT("f"), &empty, 0, 1, 0, &error));
    CHECK(drops == 7);
    // Replaced: dropped at once.
    OK(lvt_template_builder_add_function(builder, TEXT("f"), &function, 0, 1, LVT_FUNCTION_FLAGS_PURE, &error));
    CHECK(drops == 7);
    OK(lvt_template_builder_add_function(builder, TEXT("f"), &function, 1, 1, LVT_FUNCTION_FLAGS_VOLATILE, &error));
    CHECK(drops == 8);
    // Kept by builder, template and page in turn.
    OK(lvt_template_builder_add_source(builder, TEXT("t"), TEXT("<p>{{f .}}</p>"), &error));
    lvt_template *template = NULL;
    lvt_page *page = NULL;
    OK(lvt_template_builder_build(builder, &template, &error));
    lvt_template_builder_free(builder);
    lvt_application *application = application_of("drops");
    OK(lvt_page_new_json(application, template, TEXT("1"), 0, NULL, &page, &error));
    lvt_template_free(template);
    lvt_page_free(page);
    CHECK(drops == 8);
    lvt_application_free(application);
    CHECK(drops == 9);
    // A name that no template can call is refused by the build.
    builder = lvt_template_builder_new();
    OK(lvt_template_builder_add_source(builder, TEXT("t"), TEXT(""), &error));
    OK(lvt_template_builder_add_function(builder, TEXT("a-b"), &function, 1, 1, 0, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_builder_build(builder, &template, &error));
    lvt_template_builder_free(builder);
    CHECK(drops == 10);
}

// What a function that comes back needs.
typedef struct {
    lvt_application *application;
    lvt_template *other;
    // NULL until the page is there.
    _Atomic(lvt_page *) page;
    atomic_int calls;
} home;

static lvt_status come_back(void *data, arguments args, size_t len, lvt_value **result, lvt_error **returned)
{
    home *home = data;
    lvt_page *page = home->page;
    lvt_error *error = NULL;
    if (page == NULL)
        return LVT_OK;
    home->calls++;
    lvt_update *update = NULL;
    lvt_buffer buffer = { 0 };
    lvt_value *value = NULL;
    // Changing the page is refused at once.
    FAILS(LVT_ERR_REENTRANT, lvt_page_update(page, args[0], &update, &error));
    FAILS(LVT_ERR_REENTRANT, lvt_page_update_json(page, TEXT("1"), 0, &update, &error));
    FAILS(LVT_ERR_REENTRANT, lvt_page_patch_json(page, TEXT("[]"), 0, &update, &error));
    FAILS(LVT_ERR_REENTRANT, lvt_page_set_data_json(page, TEXT("1"), 0, &error));
    // Reading works.
    OK(lvt_page_render(page, &buffer, &error));
    lvt_buffer_free(&buffer);
    OK(lvt_page_tree(page, NULL, 0, NULL, 0, &buffer, &error));
    lvt_buffer_free(&buffer);
    OK(lvt_page_data(page, &value, &error));
    lvt_value_free(value);
    // So do other pages.
    lvt_page *other = NULL;
    OK(lvt_page_new(home->application, home->other, args[0], NULL, &other, &error));
    OK(lvt_page_update_json(other, TEXT("\"x\""), 0, &update, &error));
    lvt_update_free(update);
    lvt_page_close(other);
    lvt_page_free(other);
    if (len > 1)
        return lvt_page_set_data(page, args[0], returned);
    *result = lvt_value_clone(args[0]);
    return LVT_OK;
}

static void *updater(void *argument)
{
    home *home = argument;
    lvt_error *error = NULL;
    for (int i = 0; i < 20; i++) {
        lvt_update *update = NULL;
        OK(lvt_page_update_json(home->page, TEXT("{\"n\": 5}"), 0, &update, &error));
        lvt_update_free(update);
    }
    return NULL;
}

static void re_entry(void)
{
    enum { THREADS = 8 };
    lvt_error *error = NULL;
    home home = { .application = application_of("home"), .other = template_of("<p>{{.}}</p>") };
    lvt_function function = { come_back, &home, NULL, NULL };
    lvt_template_builder *builder = lvt_template_builder_new();
    OK(lvt_template_builder_add_function(builder, TEXT("f"), &function, 1, 2, LVT_FUNCTION_FLAGS_VOLATILE, &error));
    OK(lvt_template_builder_add_source(builder, TEXT("t"), TEXT("<p>{{f .n}}{{if eq .n 7}}{{f .n 2}}{{end}}</p>"), &error));
    lvt_template *template = NULL;
    lvt_page *page = NULL;
    OK(lvt_template_builder_build(builder, &template, &error));
    lvt_template_builder_free(builder);
    OK(lvt_page_new_json(home.application, template, TEXT("{\"n\": 1}"), 0, NULL, &page, &error));
    home.page = page;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, updater, &home) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(home.calls == THREADS * 20);
    // The refusal, handed on, is what the update fails with.
    lvt_update *update = NULL;
    CHECK(lvt_page_update_json(page, TEXT("{\"n\": 7}"), 0, &update, &error) == LVT_ERR_TEMPLATE_EXEC);
    CHECK(lvt_error_code(lvt_error_source(error)) == LVT_ERR_REENTRANT);
    lvt_error_free(error);
    error = NULL;
    lvt_buffer html = { 0 };
    OK(lvt_page_render(page, &html, &error));
    CHECK(contains(buffer_str(&html), "<p>5</p>"));
    lvt_buffer_free(&html);
    CHECK(lvt_application_page_count(home.application) == 1);
    lvt_page_free(page);
    lvt_template_free(template);
    lvt_template_free(home.other);
    lvt_application_free(home.application);
}

void api_functions(const char *root)
{
    table(root);
    errors();
    typed_functions();
    dropping();
    re_entry();
}

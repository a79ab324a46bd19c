// Behaviour of the API that the vectors do not reach: errors, templates, applications and tokens.
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <time.h>

static void versions(void)
{
    char version[64];
    snprintf(version, sizeof version, "%d.%d.%d", LVT_VERSION_MAJOR, LVT_VERSION_MINOR, LVT_VERSION_PATCH);
    CHECK(strcmp(lvt_version(), version) == 0);
    CHECK(lvt_abi_version() == LVT_ABI_VERSION);
    CHECK(strcmp(lvt_status_name(LVT_OK), "OK") == 0);
    CHECK(strcmp(lvt_status_name(LVT_ERR_PAGE_CLOSED), "PageClosed") == 0);
    CHECK(strcmp(lvt_status_name(LVT_ERR_INVALID_JSON), "InvalidJson") == 0);
    CHECK(strcmp(lvt_status_name(-1), "Unknown") == 0);
    CHECK(strcmp(lvt_status_name(12345), "Unknown") == 0);
}

static void template_errors(void)
{
    lvt_error *error = NULL;
    lvt_template_builder *builder = lvt_template_builder_new();
    // Not NULL, to see that a failing call zeroes it.
    lvt_template *template = (lvt_template *)&error;
    OK(lvt_template_builder_add_source(builder, TEXT("page.html"), TEXT("<p>\n{{.A}}{{if}}</p>"), &error));
    CHECK(lvt_template_builder_build(builder, &template, &error) == LVT_ERR_TEMPLATE_PARSE);
    CHECK(template == NULL);
    CHECK(lvt_error_code(error) == LVT_ERR_TEMPLATE_PARSE);
    CHECK(strcmp(lvt_error_name(error), "TemplateParse") == 0);
    CHECK(same(lvt_error_message(error), str("template: page.html:2: missing value for if")));
    CHECK(same(lvt_error_template(error), str("page.html")));
    CHECK(lvt_error_line(error) == 2);
    lvt_error_free(error);
    lvt_template_builder_free(builder);

    builder = lvt_template_builder_new();
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_builder_add_source(builder, TEXT("\xff"), TEXT("x"), &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_builder_add_source(builder, TEXT("t"), NULL, 1, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_builder_add_source(builder, TEXT("t"), (const uint8_t *)"x", SIZE_MAX, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_builder_set_entry(builder, TEXT("\xc3"), &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_builder_set_delims(builder, TEXT("\x80"), TEXT("]]"), &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_builder_set_numbers(builder, 0, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_builder_set_numbers(builder, 3, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_builder_set_missing_key(builder, 4, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_builder_set_missing_key(builder, -1, &error));
    // What was refused left the builder as it was.
    OK(lvt_template_builder_add_source(builder, TEXT("a"), (const uint8_t *)"a\0[[.V]]", 8, &error));
    OK(lvt_template_builder_add_source(builder, TEXT("b"), TEXT("b[[.V]]"), &error));
    OK(lvt_template_builder_set_delims(builder, TEXT("[["), TEXT("]]"), &error));
    OK(lvt_template_builder_build(builder, &template, &error));
    CHECK(same(lvt_template_name(template), str("a")));
    lvt_buffer html = { 0 };
    OK(lvt_template_render_json(template, TEXT("{\"V\": \"<\"}"), 0, &html, &error));
    CHECK(same(buffer_str(&html), (lvt_str){ (const uint8_t *)"a\0&lt;", 6 }));
    lvt_buffer_free(&html);
    CHECK(html.data == NULL && html.len == 0 && html.cap == 0);
    lvt_buffer_free(&html);
    lvt_template_free(template);
    // A builder builds again.
    OK(lvt_template_builder_set_entry(builder, TEXT("b"), &error));
    OK(lvt_template_builder_build(builder, &template, &error));
    CHECK(same(lvt_template_name(template), str("b")));
    lvt_template *other = NULL;
    CHECK(lvt_template_len(template) == 2);
    CHECK(same(lvt_template_name_at(template, 0), str("a")) && same(lvt_template_name_at(template, 1), str("b")));
    CHECK(lvt_template_name_at(template, 2).len == 0);
    OK(lvt_template_lookup(template, TEXT("a"), &other, &error));
    CHECK(same(lvt_template_name(other), str("a")));
    lvt_template_free(other);
    FAILS(LVT_ERR_TEMPLATE_NOT_FOUND, lvt_template_lookup(template, TEXT("gone"), &other, &error));
    CHECK(other == NULL);
    other = lvt_template_clone(template);
    lvt_template_free(template);
    html = (lvt_buffer){ (uint8_t *)&html, 7, 7 };
    FAILS(LVT_ERR_INVALID_JSON, lvt_template_render_json(other, TEXT("{"), 0, &html, &error));
    CHECK(html.data == NULL && html.len == 0 && html.cap == 0);
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_render_json(other, TEXT("{}"), 4, &html, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_render_json(other, TEXT("{}"), 0, NULL, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_render(other, NULL, &html, &error));
    OK(lvt_template_render_json(other, TEXT("{\"V\": 1}"), LVT_DATA_TIME | LVT_DATA_TRUSTED, &html, &error));
    CHECK(same(buffer_str(&html), str("b1")));
    lvt_buffer_free(&html);
    OK(lvt_template_builder_set_entry(builder, TEXT("gone"), &error));
    FAILS(LVT_ERR_TEMPLATE_NOT_FOUND, lvt_template_builder_build(builder, &template, &error));
    lvt_template_free(other);
    lvt_template_builder_free(builder);

    other = template_of("<a href=\"{{if .A}}/\">x</a>{{end}}");
    FAILS(LVT_ERR_TEMPLATE_ESCAPE, lvt_template_render_json(other, TEXT("{}"), 0, &html, &error));
    FAILS(LVT_ERR_TEMPLATE_ESCAPE, lvt_template_dependencies(other, &html, &error));
    FAILS(LVT_ERR_TEMPLATE_ESCAPE, lvt_template_analysis(other, &html, &error));
    lvt_template_free(other);
    other = template_of("{{template \"missing\"}}");
    lvt_template_free(other);
    other = template_of("<p>{{index .L 3}}</p>");
    CHECK(lvt_template_render_json(other, TEXT("{\"L\": [1]}"), 0, &html, &error) == LVT_ERR_TEMPLATE_EXEC);
    CHECK(same(lvt_error_template(error), str("t")));
    CHECK(lvt_error_line(error) == 1);
    CHECK(lvt_error_column(error) == 5);
    lvt_error_free(error);
    error = NULL;
    lvt_template_free(other);
}

static void limits(void)
{
    lvt_error *error = NULL;
    lvt_template *template = NULL;
    lvt_buffer html = { 0 };
    const char *source = "{{define \"r\"}}{{if .}}{{template \"r\" slice . 1}}{{end}}{{end}}{{.V}}{{template \"r\" .V}}";
    lvt_template_builder *builder = lvt_template_builder_new();
    OK(lvt_template_builder_add_source(builder, TEXT("t"), STR(str(source)), &error));
    OK(lvt_template_builder_set_max_steps(builder, 10, &error));
    OK(lvt_template_builder_set_max_call_depth(builder, 3, &error));
    OK(lvt_template_builder_set_max_output(builder, 100, &error));
    OK(lvt_template_builder_build(builder, &template, &error));
    OK(lvt_template_render_json(template, TEXT("{\"V\": \"ab\"}"), 0, &html, &error));
    lvt_buffer_free(&html);
    FAILS(LVT_ERR_TEMPLATE_EXEC, lvt_template_render_json(template, TEXT("{\"V\": \"abcd\"}"), 0, &html, &error));
    lvt_template_free(template);
    OK(lvt_template_builder_set_max_call_depth(builder, 100, &error));
    OK(lvt_template_builder_build(builder, &template, &error));
    FAILS(LVT_ERR_STEPS_EXCEEDED, lvt_template_render_json(template, TEXT("{\"V\": \"abcdefghij\"}"), 0, &html, &error));
    lvt_template_free(template);
    OK(lvt_template_builder_set_max_output(builder, 1, &error));
    OK(lvt_template_builder_build(builder, &template, &error));
    FAILS(LVT_ERR_OUTPUT_EXCEEDED, lvt_template_render_json(template, TEXT("{\"V\": \"ab\"}"), 0, &html, &error));
    lvt_template_free(template);
    OK(lvt_template_builder_set_max_json(builder, 2, &error));
    OK(lvt_template_builder_build(builder, &template, &error));
    FAILS(LVT_ERR_SIZE_EXCEEDED, lvt_template_render_json(template, TEXT("{ }"), 0, &html, &error));
    lvt_template_free(template);
    // `define` and `if` inside it.
    OK(lvt_template_builder_set_max_nesting(builder, 2, &error));
    OK(lvt_template_builder_build(builder, &template, &error));
    lvt_template_free(template);
    OK(lvt_template_builder_set_max_nesting(builder, 1, &error));
    FAILS(LVT_ERR_DEPTH_EXCEEDED, lvt_template_builder_build(builder, &template, &error));
    OK(lvt_template_builder_set_max_source(builder, strlen(source) - 1, &error));
    FAILS(LVT_ERR_SIZE_EXCEEDED, lvt_template_builder_build(builder, &template, &error));
    lvt_template_builder_free(builder);
}

static void options(void)
{
    lvt_error *error = NULL;
    lvt_application *application = NULL;
    lvt_application_options *options = lvt_application_options_new();
    OK(lvt_application_options_set_json(options,
                                        TEXT("{\"id\": \"shop\", \"signing_key\": \"0123456789abcdef0123456789abcdef\","
                                             " \"max_pages\": 5, \"page_ttl_ms\": 1000, \"token_ttl_ms\": 1000}"),
                                        &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_application_options_set_json(options, TEXT("{\"id\": \"other\", \"nope\": 1}"), &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_application_options_set_json(options, TEXT("{\"max_pages\": -1}"), &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_application_options_set_json(options, TEXT("{\"max_pages\": \"5\"}"), &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_application_options_set_json(options, TEXT("[]"), &error));
    FAILS(LVT_ERR_INVALID_JSON, lvt_application_options_set_json(options, TEXT("{"), &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_application_options_set_id(options, TEXT("\xff"), &error));
    OK(lvt_application_new(options, &application, &error));
    CHECK(same(lvt_application_id(application), str("shop")));
    lvt_application_free(application);
    OK(lvt_application_options_set_signing_key(options, TEXT("short"), &error));
    FAILS(LVT_ERR_INVALID_KEY, lvt_application_new(options, &application, &error));
    CHECK(application == NULL);
    lvt_application_options_free(options);
    options = lvt_application_options_new();
    OK(lvt_application_options_set_id(options, NULL, 0, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_application_new(options, &application, &error));
    OK(lvt_application_options_set_id(options, TEXT("x"), &error));
    OK(lvt_application_options_set_max_pages(options, 0, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_application_new(options, &application, &error));
    lvt_application_options_free(options);
    // NULL options are the defaults: a random id.
    lvt_application *second = NULL;
    OK(lvt_application_new(NULL, &application, &error));
    OK(lvt_application_new(NULL, &second, &error));
    CHECK(lvt_application_id(application).len > 0);
    CHECK(!same(lvt_application_id(application), lvt_application_id(second)));
    lvt_application_free(application);
    lvt_application_free(second);
}

static void tokens(void)
{
    lvt_error *error = NULL;
    lvt_template *template = template_of("<p>{{.V}}</p>");
    lvt_application *ours = application_of("ours"), *theirs = application_of("theirs");
    lvt_page *page = NULL, *again = NULL;
    OK(lvt_page_new_json(ours, template, TEXT("{\"V\": 1}"), 0, NULL, &page, &error));
    CHECK(lvt_page_id(page).len == 32);
    lvt_str token = lvt_page_token(page);
    OK(lvt_application_get_page(ours, STR(token), &again, &error));
    CHECK(same(lvt_page_id(again), lvt_page_id(page)));
    CHECK(same(lvt_page_token(again), token));
    lvt_page_free(again);

    FAILS(LVT_ERR_INVALID_APPLICATION, lvt_application_get_page(theirs, STR(token), &again, &error));
    CHECK(again == NULL);
    uint8_t *forged = allocate(token.len);
    memcpy(forged, token.data, token.len);
    // The first character of the signature: every one of its bits counts.
    size_t signature = token.len;
    while (forged[signature - 1] != '.')
        signature--;
    forged[signature] = forged[signature] == 'A' ? 'B' : 'A';
    FAILS(LVT_ERR_TOKEN_SIGNATURE, lvt_application_get_page(ours, forged, token.len, &again, &error));
    free(forged);
    const char *const malformed[] = { "", "x", "a.b", "a.b.c", "a.b.c.d", "..", "\xff\xfe" };
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++)
        FAILS(LVT_ERR_TOKEN_MALFORMED, lvt_application_get_page(ours, TEXT(malformed[i]), &again, &error));
    FAILS(LVT_ERR_TOKEN_MALFORMED, lvt_application_get_page(ours, token.data, signature - 1, &again, &error));
    FAILS(LVT_ERR_TOKEN_SIGNATURE, lvt_application_get_page(ours, token.data, signature, &again, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_application_get_page(ours, NULL, 1, &again, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_application_get_page(ours, STR(token), NULL, &error));

    // Bad tokens harmed nobody.
    OK(lvt_application_get_page(ours, STR(token), &again, &error));
    lvt_page_free(again);
    // The page is gone, the token still verifies.
    lvt_page_close(page);
    FAILS(LVT_ERR_PAGE_NOT_FOUND, lvt_application_get_page(ours, STR(token), &again, &error));
    CHECK(again == NULL);
    lvt_page_free(page);
    lvt_application_free(ours);
    lvt_application_free(theirs);
    lvt_template_free(template);
}

static void expiry(void)
{
    lvt_error *error = NULL;
    lvt_template *template = template_of("<p>{{.}}</p>");
    lvt_application *application = NULL;
    lvt_page *page = NULL, *again = NULL;
    lvt_application_options *options = lvt_application_options_new();
    OK(lvt_application_options_set_page_ttl_ms(options, 1, &error));
    OK(lvt_application_new(options, &application, &error));
    OK(lvt_page_new_json(application, template, TEXT("1"), 0, NULL, &page, &error));
    nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000 * 1000 }, NULL);
    size_t removed = 7;
    OK(lvt_application_cleanup(application, &removed, &error));
    CHECK(removed == 1);
    CHECK(lvt_application_page_count(application) == 0);
    OK(lvt_application_cleanup(application, NULL, &error));
    FAILS(LVT_ERR_PAGE_NOT_FOUND, lvt_application_get_page(application, STR(lvt_page_token(page)), &again, &error));
    lvt_buffer html = { 0 };
    FAILS(LVT_ERR_PAGE_CLOSED, lvt_page_render(page, &html, &error));
    lvt_page_free(page);
    lvt_application_free(application);
    lvt_application_options_free(options);
    lvt_template_free(template);
}

void run_api(const char *root)
{
    versions();
    template_errors();
    limits();
    options();
    tokens();
    expiry();
    api_values();
    api_pages();
    api_wires();
    api_functions(root);
    api_objects();
    api_threads();
    api_cancel();
    if (failures == 0)
        puts("api: all checks passed (c)");
}

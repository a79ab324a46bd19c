// The dashboard, as a server in C would keep it: a template, an application, one browser session's page, and the update
// that every change sends. Run it in the repository's root:
//
//     cc -std=c11 tests/c/dashboard.c $(pkg-config --cflags --libs livetemplate) -o dashboard && ./dashboard
//
// It prints one line for each step of tests/vectors/dashboard/steps.json: its name and how many bytes went to the browser.
#include <livetemplate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "tests/vectors/dashboard/"

// A C string as the two arguments that the library takes for text.
#define TEXT(s) (const uint8_t *)(s), strlen(s)

// Every call that can fail says so with a number, and with an error object when one is asked for.
static void must(lvt_status status, lvt_error *error)
{
    if (status == LVT_OK)
        return;
    lvt_str message = lvt_error_message(error);
    fprintf(stderr, "%s: %.*s\n", lvt_error_name(error), (int)message.len, (const char *)message.data);
    lvt_error_free(error);
    exit(1);
}

static uint8_t *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(1 << 20);
    if (file == NULL || data == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    *len = fread(data, 1, 1 << 20, file);
    fclose(file);
    return data;
}

// A template set is built from named sources; the first one is the page.
static lvt_template *load_template(void)
{
    lvt_error *error = NULL;
    lvt_template *template = NULL;
    size_t len;
    uint8_t *source = read_file(FOLDER "dashboard.html", &len);
    lvt_template_builder *builder = lvt_template_builder_new();
    must(lvt_template_builder_add_source(builder, TEXT("dashboard.html"), source, len, &error), error);
    must(lvt_template_builder_build(builder, &template, &error), error);
    lvt_template_builder_free(builder);
    free(source);
    return template;
}

// The application signs the tokens of its pages. With a key of one's own they outlive the process.
static lvt_application *new_application(void)
{
    lvt_error *error = NULL;
    lvt_application *application = NULL;
    lvt_application_options *options = lvt_application_options_new();
    must(lvt_application_options_set_id(options, TEXT("dashboard"), &error), error);
    must(lvt_application_options_set_max_pages(options, 100, &error), error);
    must(lvt_application_new(options, &application, &error), error);
    lvt_application_options_free(options);
    return application;
}

// The first request of a browser makes a page: its HTML is the answer, its token goes into a cookie.
static lvt_page *first_request(const lvt_application *application, const lvt_template *template)
{
    lvt_error *error = NULL;
    lvt_page *page = NULL;
    lvt_buffer html = { 0 };
    size_t len;
    uint8_t *data = read_file(FOLDER "data.json", &len);
    // LVT_DATA_TIME: {"$time": "2025-08-08T14:30:26Z"} is a time with Go's methods.
    must(lvt_page_new_json(application, template, data, len, LVT_DATA_TIME, NULL, &page, &error), error);
    must(lvt_page_render(page, &html, &error), error);
    printf("%6zu bytes  first render\n", html.len);
    lvt_buffer_free(&html);
    free(data);
    return page;
}

// Later requests and messages name the page by its token. A handle is cheap; freeing one never closes the page.
static void step(const lvt_application *application, lvt_str token, lvt_str name, const lvt_value *patch)
{
    lvt_error *error = NULL;
    lvt_page *page = NULL;
    lvt_update *update = NULL;
    must(lvt_application_get_page(application, token.data, token.len, &page, &error), error);
    must(lvt_page_patch(page, patch, &update, &error), error);
    // lvt_update_payload(update) is the push to the browser's other connections; an empty one need not be sent.
    printf("%6zu bytes  %.*s", lvt_update_bytes(update), (int)name.len, (const char *)name.data);
    if (lvt_update_is_empty(update))
        printf(" (nothing to send)");
    // The connection that acted gets the same as an answer with `meta`.
    lvt_buffer reply = { 0 };
    must(lvt_update_reply(update, TEXT("step"), NULL, 0, &reply, &error), error);
    printf("; the answer %zu, a full render %zu\n", reply.len, lvt_update_full_render_bytes(update));
    lvt_buffer_free(&reply);
    lvt_update_free(update);
    lvt_page_free(page);
}

int main(void)
{
    lvt_error *error = NULL;
    // A program linked with the shared library makes sure once that it is the one it was compiled for.
    if (lvt_abi_version() != LVT_ABI_VERSION) {
        fprintf(stderr, "livetemplate %s has another ABI\n", lvt_version());
        return 1;
    }
    lvt_template *template = load_template();
    lvt_application *application = new_application();
    lvt_page *page = first_request(application, template);

    // The steps are a JSON array; the library reads it, times included.
    lvt_value *steps = NULL;
    size_t len;
    uint8_t *json = read_file(FOLDER "steps.json", &len);
    must(lvt_value_new_json(json, len, LVT_DATA_TIME, &steps, &error), error);
    free(json);
    for (size_t i = 0; i < lvt_value_len(steps); i++) {
        const lvt_value *item = lvt_value_item(steps, i);
        lvt_str name;
        must(lvt_value_as_text(lvt_value_get(item, TEXT("name")), &name, &error), error);
        step(application, lvt_page_token(page), name, lvt_value_get(item, TEXT("patch")));
    }
    lvt_value_free(steps);

    // A token that was tampered with names no page, and harms none.
    lvt_page *forged = NULL;
    lvt_status status = lvt_application_get_page(application, TEXT("forged"), &forged, NULL);
    printf("a forged token: %s\n", lvt_status_name(status));

    // The session ends: the page is closed, then the handles go in any order.
    lvt_page_close(page);
    lvt_page_free(page);
    lvt_application_free(application);
    lvt_template_free(template);
    return 0;
}

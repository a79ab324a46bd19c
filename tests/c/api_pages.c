// Pages and updates: the ways to change data, closing, limits, threads.
#include "support.h"

#include <pthread.h>

static const char *const COUNTER = "<html><body><p title=\"{{.T}}\">{{.N}}</p></body></html>";

// Whether the page's HTML holds `part`.
static bool shows(const lvt_page *page, const char *part)
{
    lvt_error *error = NULL;
    lvt_buffer html = { 0 };
    OK(lvt_page_render(page, &html, &error));
    bool result = contains(buffer_str(&html), part);
    lvt_buffer_free(&html);
    return result;
}

static void updates(const lvt_application *application, const lvt_template *template)
{
    lvt_error *error = NULL;
    lvt_page *page = NULL;
    lvt_update *update = NULL;
    lvt_value *data = NULL;
    lvt_buffer message = { 0 };
    OK(lvt_value_new_json(TEXT("{\"T\": \"t\", \"N\": 1}"), 0, &data, &error));
    OK(lvt_page_new(application, template, data, NULL, &page, &error));
    CHECK(shows(page, "<p title=\"t\">1</p>"));
    CHECK(shows(page, "data-lvt-id=\""));
    OK(lvt_page_tree(page, NULL, 0, NULL, 0, &message, &error));
    CHECK(contains(buffer_str(&message), "{\"tree\":"));
    CHECK(!contains(buffer_str(&message), "\"meta\""));
    lvt_buffer_free(&message);
    const lvt_field_error wrong[] = { { str("title"), str("too <long>") } };
    OK(lvt_page_tree(page, TEXT("save"), wrong, 1, &message, &error));
    CHECK(contains(buffer_str(&message), "\"meta\""));
    CHECK(contains(buffer_str(&message), "\"save\""));
    CHECK(contains(buffer_str(&message), "\"title\""));
    lvt_buffer_free(&message);

    // The same data again: nothing to send, and the answer to an action still has its meta.
    OK(lvt_page_update(page, data, &update, &error));
    CHECK(lvt_update_is_empty(update));
    CHECK(lvt_update_payload(update).len == 0 && lvt_update_bytes(update) == 0);
    OK(lvt_update_reply(update, TEXT("save"), NULL, 0, &message, &error));
    CHECK(contains(buffer_str(&message), "\"success\":true"));
    lvt_buffer_free(&message);
    OK(lvt_update_reply(update, TEXT("save"), wrong, 1, &message, &error));
    CHECK(contains(buffer_str(&message), "\"success\":false"));
    lvt_buffer_free(&message);
    const lvt_field_error bad[] = { { str("title"), { NULL, 3 } } };
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_update_reply(update, TEXT("save"), bad, 1, &message, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_update_reply(update, TEXT("\xff"), NULL, 0, &message, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_update_reply(update, NULL, 0, NULL, 1, &message, &error));
    CHECK(message.data == NULL);
    lvt_update_free(update);
    lvt_value_free(data);

    OK(lvt_page_update_json(page, TEXT("{\"T\": \"\\\"><script>\", \"N\": 2}"), 0, &update, &error));
    CHECK(!lvt_update_is_empty(update));
    CHECK(contains(lvt_update_payload(update), "{\"tree\":"));
    CHECK(!contains(lvt_update_payload(update), "<script"));
    CHECK(lvt_update_bytes(update) == lvt_update_payload(update).len);
    CHECK(lvt_update_slots_evaluated(update) >= 2);
    CHECK(lvt_update_outside(update) == 0);
    CHECK(lvt_update_reduction(update) >= 0 && lvt_update_reduction(update) <= 1);
    OK(lvt_page_render(page, &message, &error));
    CHECK(lvt_update_full_render_bytes(update) > 0 && lvt_update_full_render_bytes(update) <= message.len);
    lvt_buffer_free(&message);
    lvt_update_free(update);

    OK(lvt_value_new_json(TEXT("[{\"op\": \"replace\", \"path\": \"/N\", \"value\": 3}]"), 0, &data, &error));
    OK(lvt_page_patch(page, data, &update, &error));
    CHECK(contains(lvt_update_payload(update), "3"));
    lvt_update_free(update);
    lvt_value_free(data);
    OK(lvt_page_patch_json(page, TEXT("{\"N\": 4}"), 0, &update, &error));
    CHECK(shows(page, ">4</p>"));
    lvt_update_free(update);

    // What fails changes nothing and gives nothing.
    update = (lvt_update *)&error;
    FAILS(LVT_ERR_INVALID_PATCH,
          lvt_page_patch_json(page, TEXT("[{\"op\": \"remove\", \"path\": \"/None\"}]"), 0, &update, &error));
    CHECK(update == NULL);
    FAILS(LVT_ERR_INVALID_PATCH, lvt_page_patch_json(page, TEXT("5"), 0, &update, &error));
    FAILS(LVT_ERR_INVALID_JSON, lvt_page_patch_json(page, TEXT("[{"), 0, &update, &error));
    FAILS(LVT_ERR_INVALID_JSON, lvt_page_update_json(page, TEXT("nope"), 0, &update, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_page_update_json(page, TEXT("{}"), 64, &update, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_page_update(page, NULL, &update, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_page_patch_json(page, TEXT("[]"), 0, NULL, &error));
    CHECK(shows(page, ">4</p>"));

    // Data set aside shows at once and travels with the next patch.
    OK(lvt_page_set_data_json(page, TEXT("{\"T\": \"t\", \"N\": 5}"), 0, &error));
    CHECK(shows(page, ">5</p>"));
    OK(lvt_page_data_json(page, 0, &message, &error));
    CHECK(contains(buffer_str(&message), "5"));
    lvt_buffer_free(&message);
    OK(lvt_page_patch_json(page, TEXT("[]"), 0, &update, &error));
    CHECK(contains(lvt_update_payload(update), "5"));
    lvt_update_free(update);
    OK(lvt_page_data(page, &data, &error));
    OK(lvt_page_set_data(page, data, &error));
    OK(lvt_page_patch_json(page, TEXT("[]"), 0, &update, &error));
    CHECK(lvt_update_is_empty(update));
    lvt_update_free(update);
    lvt_value_free(data);
    lvt_page_close(page);
    lvt_page_free(page);
}

// The wire format is named when a page is made.
static void wires(const lvt_application *application, const lvt_template *template)
{
    lvt_error *error = NULL;
    lvt_page *page = NULL;
    lvt_page_options *options = lvt_page_options_new();
    OK(lvt_page_new_json(application, template, TEXT("{\"T\": \"t\", \"N\": 1}"), 0, options, &page, &error));
    CHECK(same(lvt_page_wire(page), str("tree")));
    lvt_page_close(page);
    CHECK(same(lvt_page_wire(page), str("tree")));
    lvt_page_free(page);
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_page_options_set_wire(options, TEXT("Tree"), &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_page_options_set_wire(options, NULL, 0, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_page_options_set_wire(options, NULL, 4, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_page_options_set_wire(options, TEXT("\xff"), &error));
    OK(lvt_page_options_set_wire(options, TEXT("turbo"), &error));
    // The options stay the caller's and can be used again.
    for (int i = 0; i < 2; i++) {
        OK(lvt_page_new_json(application, template, TEXT("{\"T\": \"t\", \"N\": 1}"), 0, options, &page, &error));
        CHECK(same(lvt_page_wire(page), str("turbo")));
        lvt_buffer message = { 0 };
        OK(lvt_page_resync(page, &message, &error));
        CHECK(contains(buffer_str(&message), "<turbo-stream action=\"update\""));
        lvt_buffer_free(&message);
        lvt_update *update = NULL;
        OK(lvt_page_patch_json(page, TEXT("{\"N\": 2}"), 0, &update, &error));
        CHECK(contains(lvt_update_payload(update), "<turbo-stream action="));
        lvt_update_free(update);
        lvt_page_close(page);
        lvt_page_free(page);
    }
    lvt_page_options_free(options);
}

// Every call on a page that is gone gives this status, and none crashes.
static void check_gone(const lvt_page *page, lvt_status status)
{
    lvt_error *error = NULL;
    lvt_buffer buffer = { 0 };
    lvt_update *update = NULL;
    lvt_value *data = NULL, *null = lvt_value_new_null();
    FAILS(status, lvt_page_render(page, &buffer, &error));
    FAILS(status, lvt_page_tree(page, NULL, 0, NULL, 0, &buffer, &error));
    FAILS(status, lvt_page_resync(page, &buffer, &error));
    FAILS(status, lvt_page_update(page, null, &update, &error));
    FAILS(status, lvt_page_update_html(page, NULL, 0, &update, &error));
    FAILS(status, lvt_page_update_json(page, TEXT("{}"), 0, &update, &error));
    FAILS(status, lvt_page_patch_json(page, TEXT("[]"), 0, &update, &error));
    FAILS(status, lvt_page_set_data(page, null, &error));
    FAILS(status, lvt_page_set_data_json(page, TEXT("{}"), 0, &error));
    FAILS(status, lvt_page_analysis(page, &buffer, &error));
    FAILS(status, lvt_page_data(page, &data, &error));
    FAILS(status, lvt_page_data_json(page, 0, &buffer, &error));
    OK(lvt_value_new_list(NULL, 0, &data, &error));
    FAILS(status, lvt_page_patch(page, data, &update, &error));
    lvt_value_free(data);
    lvt_value_free(null);
    CHECK(lvt_page_id(page).len == 32);
    CHECK(lvt_page_token(page).len > 0);
    lvt_page_close(page);
}

static void closing(const lvt_application *application, const lvt_template *template)
{
    lvt_error *error = NULL;
    lvt_page *page = NULL, *other = NULL;
    OK(lvt_page_new_json(application, template, TEXT("{\"T\": \"t\", \"N\": 1}"), 0, NULL, &page, &error));
    OK(lvt_application_get_page(application, STR(lvt_page_token(page)), &other, &error));
    CHECK(lvt_application_page_count(application) == 1);
    // An update outlives its page.
    lvt_update *update = NULL;
    OK(lvt_page_patch_json(page, TEXT("{\"N\": 2}"), 0, &update, &error));
    lvt_page_close(other);
    lvt_page_free(other);
    CHECK(lvt_application_page_count(application) == 0);
    check_gone(page, LVT_ERR_PAGE_CLOSED);
    lvt_page_free(page);
    CHECK(contains(lvt_update_payload(update), "2"));
    lvt_update_free(update);
}

static void limits(const lvt_template *template)
{
    lvt_error *error = NULL;
    lvt_application *application = NULL;
    lvt_application_options *options = lvt_application_options_new();
    OK(lvt_application_options_set_max_pages(options, 2, &error));
    OK(lvt_application_new(options, &application, &error));
    lvt_application_options_free(options);
    lvt_page *pages[3] = { NULL };
    OK(lvt_page_new_json(application, template, TEXT("{\"T\": 1, \"N\": 1}"), 0, NULL, &pages[0], &error));
    OK(lvt_page_new_json(application, template, TEXT("{\"T\": 1, \"N\": 1}"), 0, NULL, &pages[1], &error));
    FAILS(LVT_ERR_MAX_PAGES_EXCEEDED,
          lvt_page_new_json(application, template, TEXT("{\"T\": 1, \"N\": 1}"), 0, NULL, &pages[2], &error));
    CHECK(pages[2] == NULL);
    CHECK(lvt_application_page_count(application) == 2);
    // Freeing a handle makes no room, closing the page does.
    lvt_page_free(pages[0]);
    FAILS(LVT_ERR_MAX_PAGES_EXCEEDED,
          lvt_page_new_json(application, template, TEXT("{\"T\": 1, \"N\": 1}"), 0, NULL, &pages[2], &error));
    lvt_page_close(pages[1]);
    OK(lvt_page_new_json(application, template, TEXT("{\"T\": 1, \"N\": 1}"), 0, NULL, &pages[2], &error));
    lvt_page_free(pages[1]);

    lvt_application_close(application);
    lvt_application_close(application);
    check_gone(pages[2], LVT_ERR_PAGE_CLOSED);
    CHECK(lvt_application_page_count(application) == 0);
    FAILS(LVT_ERR_APPLICATION_CLOSED,
          lvt_page_new_json(application, template, TEXT("{\"T\": 1, \"N\": 1}"), 0, NULL, &pages[1], &error));
    lvt_page *page = NULL;
    FAILS(LVT_ERR_APPLICATION_CLOSED,
          lvt_application_get_page(application, STR(lvt_page_token(pages[2])), &page, &error));
    size_t removed = 1;
    FAILS(LVT_ERR_APPLICATION_CLOSED, lvt_application_cleanup(application, &removed, &error));
    CHECK(removed == 0);
    lvt_application_free(application);
    lvt_page_free(pages[2]);
}

// A page's handle may outlive its application; the page does not.
static void end_of_application(const lvt_template *template)
{
    lvt_error *error = NULL;
    lvt_application *application = application_of("short");
    lvt_page *page = NULL;
    OK(lvt_page_new_json(application, template, TEXT("{\"T\": 1, \"N\": 1}"), 0, NULL, &page, &error));
    lvt_application_free(application);
    check_gone(page, LVT_ERR_PAGE_CLOSED);
    lvt_page_free(page);
}

enum { STEPS = 200 };

static void *reader(void *argument)
{
    const lvt_page *page = argument;
    long last = 0;
    for (int i = 0; i < STEPS; i++) {
        lvt_error *error = NULL;
        lvt_buffer html = { 0 };
        if (lvt_page_render(page, &html, &error) != LVT_OK) {
            lvt_error_free(error);
            return "render failed";
        }
        long number = -1;
        for (size_t at = 0; at + 3 < html.len && number < 0; at++)
            if (memcmp(html.data + at, "\">", 2) == 0 && html.data[at + 2] >= '0' && html.data[at + 2] <= '9')
                number = strtol((const char *)html.data + at + 2, NULL, 10);
        lvt_buffer_free(&html);
        if (number < last)
            return "a reader saw an older state, or none";
        last = number;
    }
    return NULL;
}

static void *writer(void *argument)
{
    const lvt_page *page = argument;
    for (int i = 1; i <= STEPS; i++) {
        lvt_error *error = NULL;
        lvt_update *update = NULL;
        char patch[32];
        snprintf(patch, sizeof patch, "{\"N\": %d}", i);
        if (lvt_page_patch_json(page, TEXT(patch), 0, &update, &error) != LVT_OK) {
            lvt_error_free(error);
            return "patch failed";
        }
        lvt_update_free(update);
    }
    return NULL;
}

// Two threads use one const page.
static void threads(const lvt_application *application, const lvt_template *template)
{
    lvt_error *error = NULL;
    lvt_page *page = NULL;
    OK(lvt_page_new_json(application, template, TEXT("{\"T\": \"t\", \"N\": 0}"), 0, NULL, &page, &error));
    pthread_t read, write;
    void *trouble = NULL;
    CHECK(pthread_create(&read, NULL, reader, page) == 0);
    CHECK(pthread_create(&write, NULL, writer, page) == 0);
    CHECK(pthread_join(read, &trouble) == 0);
    CHECK(trouble == NULL);
    CHECK(pthread_join(write, &trouble) == 0);
    CHECK(trouble == NULL);
    CHECK(shows(page, ">200</p>"));
    lvt_page_close(page);
    lvt_page_free(page);
}

void api_pages(void)
{
    lvt_application *application = application_of("pages");
    lvt_template *template = template_of(COUNTER);
    updates(application, template);
    wires(application, template);
    closing(application, template);
    limits(template);
    end_of_application(template);
    threads(application, template);
    lvt_application_free(application);
    lvt_template_free(template);
}

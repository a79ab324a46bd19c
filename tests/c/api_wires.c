// What the formats of our own client add to pages and updates: control messages, several messages, fragments; and the changes of
// pages whose HTML is compared.
#include "support.h"

static const char *const LONG = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore.";

static lvt_page *page_in(const lvt_application *application, const char *wire, const lvt_template *template, const char *json)
{
    lvt_error *error = NULL;
    lvt_page *page = NULL;
    lvt_page_options *options = lvt_page_options_new();
    OK(lvt_page_options_set_wire(options, TEXT(wire), &error));
    OK(lvt_page_new_json(application, template, TEXT(json), 0, options, &page, &error));
    lvt_page_options_free(options);
    return page;
}

static lvt_update *patched(const lvt_page *page, const char *json)
{
    lvt_error *error = NULL;
    lvt_update *update = NULL;
    OK(lvt_page_patch_json(page, TEXT(json), 0, &update, &error));
    return update;
}

static void end(lvt_page *page)
{
    lvt_page_close(page);
    lvt_page_free(page);
}

// Whether the answer to a control message holds `part`; NULL says that there is no answer.
static bool answers(const lvt_page *page, const char *message, const char *part)
{
    lvt_error *error = NULL;
    lvt_buffer answer = { 0 };
    OK(lvt_page_receive(page, TEXT(message), &answer, &error));
    bool result = part == NULL ? answer.len == 0 : contains(buffer_str(&answer), part);
    lvt_buffer_free(&answer);
    return result;
}

static void control(const lvt_application *application, const lvt_template *template)
{
    lvt_error *error = NULL;
    lvt_buffer answer = { 0 }, resync = { 0 };
    const char *data = "{\"T\": \"t\", \"N\": 1}";
    lvt_page *page = page_in(application, "patches", template, data);
    OK(lvt_page_resync(page, &resync, &error));
    OK(lvt_page_receive(page, TEXT("{\"type\":\"resync_request\",\"seq\":0}"), &answer, &error));
    CHECK(same(buffer_str(&answer), buffer_str(&resync)));
    lvt_buffer_free(&answer);
    lvt_buffer_free(&resync);
    CHECK(answers(page, "{\"type\":\"ack\",\"seq\":0}", NULL));
    CHECK(answers(page, "{\"type\":\"ack\",\"seq\":5}", "\"code\":\"InvalidArgument\""));
    CHECK(answers(page, "{\"type\":", "\"code\":\"InvalidJson\""));
    CHECK(answers(page, "", "\"type\":\"error\""));
    // An unknown fragment: all of the page, and nothing changed.
    CHECK(answers(page, "{\"type\":\"ack\",\"seq\":0,\"checksums\":{\"f-0\":\"00000000\"}}", "\"type\":\"resync\""));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_page_receive(page, NULL, 3, &answer, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_page_receive(page, TEXT("{}"), NULL, &error));
    lvt_page_close(page);
    FAILS(LVT_ERR_PAGE_CLOSED, lvt_page_receive(page, TEXT("{\"type\":\"ack\",\"seq\":0}"), &answer, &error));
    lvt_page_free(page);
    const char *const others[] = { "tree", "turbo", "htmx" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        page = page_in(application, others[i], template, data);
        FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_page_receive(page, TEXT("{\"type\":\"ack\",\"seq\":0}"), &answer, &error));
        CHECK(answer.data == NULL);
        end(page);
    }
}

// A payload over the cap is an array of the messages.
static void messages(const lvt_application *application, const lvt_template *template)
{
    enum { SIZE = 600 << 10, CAP = 256 << 10 };
    lvt_page *page = page_in(application, "patches", template, "{\"T\": \"t\", \"N\": 1}");
    lvt_update *update = patched(page, "{\"N\": 2}");
    CHECK(same(lvt_update_message_at(update, 0), lvt_update_payload(update)));
    CHECK(lvt_update_message_at(update, 1).len == 0);
    lvt_update_free(update);
    char *patch = allocate(SIZE + 64);
    int len = snprintf(patch, SIZE, "{\"N\": \"");
    memset(patch + len, 'x', SIZE);
    strcpy(patch + len + SIZE, "\"}");
    update = patched(page, patch);
    free(patch);
    lvt_str payload = lvt_update_payload(update);
    CHECK(payload.len > SIZE && payload.data[0] == '[');
    size_t at = 0, count = 0;
    for (;; count++) {
        lvt_str message = lvt_update_message_at(update, count);
        if (message.len == 0)
            break;
        CHECK(message.len <= CAP);
        at++;
        CHECK(at + message.len < payload.len && same((lvt_str){ payload.data + at, message.len }, message));
        at += message.len;
    }
    CHECK(count > 2 && at + 1 == payload.len);
    lvt_update_free(update);
    update = patched(page, "{}");
    CHECK(lvt_update_message_at(update, 0).len == 0);
    lvt_update_free(update);
    end(page);
}

static void fragments(const lvt_application *application, const lvt_template *template)
{
    lvt_error *error = NULL;
    lvt_buffer json = { 0 };
    lvt_value *list = NULL;
    lvt_page *page = page_in(application, "fragments", template, "{\"T\": \"t\", \"N\": 1}");
    lvt_update *update = patched(page, "{\"N\": 2}");
    CHECK(same(lvt_update_strategy(update), str("static_dynamic")));
    OK(lvt_update_fragments(update, &json, &error));
    OK(lvt_value_new_json(STR(buffer_str(&json)), 0, &list, &error));
    CHECK(lvt_value_len(list) == 1);
    const lvt_value *fragment = lvt_value_item(list, 0);
    lvt_str text = { 0 };
    double share = 0;
    const char *const texts[][2] = { { "strategy", "static_dynamic" }, { "action", "update" }, { "reason", "only texts changed" } };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        OK(lvt_value_as_text(lvt_value_get(fragment, TEXT(texts[i][0])), &text, &error));
        CHECK(same(text, str(texts[i][1])));
    }
    OK(lvt_value_as_text(lvt_value_get(fragment, TEXT("id")), &text, &error));
    char *id = allocate(text.len + 1);
    memcpy(id, text.data, text.len);
    CHECK(contains(lvt_update_payload(update), id));
    free(id);
    OK(lvt_value_as_f64(lvt_value_get(fragment, TEXT("expected_reduction")), &share, &error));
    CHECK(share == 0.85);
    OK(lvt_value_as_f64(lvt_value_get(fragment, TEXT("reduction")), &share, &error));
    CHECK(share >= 0 && share < 1);
    const lvt_value *values = lvt_value_get(lvt_value_get(fragment, TEXT("data")), TEXT("dynamics"));
    CHECK(lvt_value_kind(values) == LVT_KIND_MAP && lvt_value_len(values) > 0);
    lvt_value_free(list);
    lvt_buffer_free(&json);
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_update_fragments(update, NULL, &error));
    OK(lvt_update_changes(update, &json, &error));
    CHECK(same(buffer_str(&json), str("[]")));
    lvt_buffer_free(&json);
    CHECK(same(lvt_update_html_pattern(update), str("nothing")));
    lvt_update_free(update);
    update = patched(page, "{\"T\": \"u\"}");
    CHECK(same(lvt_update_strategy(update), str("markers")));
    lvt_update_free(update);
    // Nothing sent, and another format.
    update = patched(page, "{}");
    CHECK(lvt_update_strategy(update).len == 0);
    lvt_update_free(update);
    end(page);
    page = page_in(application, "patches", template, "{\"T\": \"t\", \"N\": 1}");
    update = patched(page, "{\"N\": 2}");
    CHECK(lvt_update_strategy(update).len == 0);
    OK(lvt_update_fragments(update, &json, &error));
    CHECK(same(buffer_str(&json), str("[]")));
    lvt_buffer_free(&json);
    lvt_update_free(update);
    end(page);
}

static void check_changes(const lvt_update *update, const char *pattern, const char *want)
{
    lvt_error *error = NULL;
    lvt_buffer json = { 0 };
    OK(lvt_update_changes(update, &json, &error));
    CHECK(same(buffer_str(&json), str(want)));
    CHECK(same(lvt_update_html_pattern(update), str(pattern)));
    lvt_buffer_free(&json);
}

static void changes(const lvt_application *application)
{
    lvt_error *error = NULL;
    lvt_page *page = NULL;
    lvt_update *update = NULL;
    OK(lvt_page_new_from_html(application, TEXT("<h1>a</h1><ul><li id=x>x<li id=y>y</ul>"), NULL, &page, &error));
    OK(lvt_page_update_html(page, TEXT("<h1>b</h1><ul><li id=x>x<li id=y>y</ul>"), &update, &error));
    check_changes(update, "text", "[{\"element\":\"h1\",\"key\":null,\"kind\":\"text\"}]");
    lvt_update_free(update);
    OK(lvt_page_update_html(page, TEXT("<h1 class=\"c\">b</h1><ul><li id=y>y</ul>"), &update, &error));
    CHECK(same(lvt_update_html_pattern(update), str("rewrite")) || same(lvt_update_html_pattern(update), str("simple")));
    lvt_update_free(update);
    OK(lvt_page_update_html(page, TEXT("<h1 class=\"c\">b</h1><ul><li id=y>y<li id=z>z</ul>"), &update, &error));
    check_changes(update, "simple", "[{\"element\":\"li\",\"key\":\"z\",\"kind\":\"added\"}]");
    lvt_update_free(update);
    OK(lvt_page_update_html(page, TEXT("<h1 class=\"c\">b</h1><ul><li id=y>y<li id=z>z</ul>"), &update, &error));
    check_changes(update, "nothing", "[]");
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_update_changes(update, NULL, &error));
    lvt_update_free(update);
    end(page);

    // A template in upon's syntax: its pages take data, and are compared by their HTML.
    lvt_template_builder *builder = lvt_template_builder_new();
    lvt_template *template = NULL;
    OK(lvt_template_builder_set_upon(builder, &error));
    OK(lvt_template_builder_add_source(builder, TEXT("t"), TEXT("<h1>{{ name }}</h1>"), &error));
    OK(lvt_template_builder_build(builder, &template, &error));
    OK(lvt_page_new_json(application, template, TEXT("{\"name\":\"a\"}"), 0, NULL, &page, &error));
    update = patched(page, "{\"name\":\"<b>\"}");
    check_changes(update, "text", "[{\"element\":\"h1\",\"key\":null,\"kind\":\"text\"}]");
    CHECK(contains(lvt_update_payload(update), "&lt;b&gt;"));
    lvt_update_free(update);
    end(page);
    lvt_template_free(template);
    OK(lvt_template_builder_set_delims(builder, TEXT("<%"), TEXT("%>"), &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_template_builder_build(builder, &template, &error));
    lvt_template_builder_free(builder);
}

static void compression(void)
{
    lvt_error *error = NULL;
    lvt_buffer gzip = { 0 };
    uint8_t message[1000];
    memset(message, 'a', sizeof message);
    OK(lvt_compress(message, sizeof message, sizeof message - 1, &gzip, &error));
    CHECK(gzip.len > 2 && gzip.len < sizeof message && gzip.data[0] == 0x1f && gzip.data[1] == 0x8b);
    lvt_buffer_free(&gzip);
    // Not over the threshold, and not shorter by compression.
    OK(lvt_compress(message, sizeof message, sizeof message, &gzip, &error));
    CHECK(gzip.data == NULL && gzip.len == 0);
    OK(lvt_compress(TEXT("ab"), 0, &gzip, &error));
    CHECK(gzip.data == NULL && gzip.len == 0);
    OK(lvt_compress(NULL, 0, 0, &gzip, &error));
    CHECK(gzip.data == NULL);
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_compress(NULL, 1, 0, &gzip, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_compress(message, SIZE_MAX, 0, &gzip, &error));
}

void api_wires(void)
{
    char source[512];
    snprintf(source, sizeof source, "<main><p title=\"{{.T}}\">%s {{.N}}</p></main>", LONG);
    lvt_application *application = application_of("wires");
    lvt_template *template = template_of(source);
    control(application, template);
    messages(application, template);
    fragments(application, template);
    changes(application);
    compression();
    lvt_application_free(application);
    lvt_template_free(template);
}

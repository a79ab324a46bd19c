// Work that is ended from outside: by another thread, by a function of the host's, by a deadline.
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <pthread.h>
#include <time.h>

// Takes longer than anybody would wait.
static const char *const ENDLESS = "<p>{{range 1000000000000000}}{{end}}</p>";

static lvt_template *make(const char *source, const lvt_function *function)
{
    lvt_error *error = NULL;
    lvt_template *template = NULL;
    lvt_template_builder *builder = lvt_template_builder_new();
    OK(lvt_template_builder_add_source(builder, TEXT("t"), TEXT(source), &error));
    OK(lvt_template_builder_set_max_steps(builder, UINT64_MAX, &error));
    if (function != NULL)
        OK(lvt_template_builder_add_function(builder, TEXT("stop"), function, 1, 1, LVT_FUNCTION_FLAGS_VOLATILE, &error));
    OK(lvt_template_builder_build(builder, &template, &error));
    lvt_template_builder_free(builder);
    return template;
}

static void *cancel_soon(void *cancel)
{
    const struct timespec moment = { 0, 20 * 1000 * 1000 };
    nanosleep(&moment, NULL);
    lvt_cancel_cancel(cancel);
    return NULL;
}

static void renders(void)
{
    lvt_error *error = NULL;
    lvt_buffer html = { 0 };
    pthread_t thread;
    lvt_template *plain = make(ENDLESS, NULL);
    lvt_cancel *cancel = lvt_cancel_new();
    lvt_template *template = lvt_template_with_cancel(plain, cancel);
    CHECK(!lvt_cancel_is_cancelled(cancel));
    CHECK(pthread_create(&thread, NULL, cancel_soon, cancel) == 0);
    FAILS(LVT_ERR_CANCELLED, lvt_template_render_json(template, TEXT("{}"), 0, &html, &error));
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(lvt_cancel_is_cancelled(cancel));
    lvt_cancel_free(cancel);
    // The handle is gone, what it ended stays so.
    FAILS(LVT_ERR_CANCELLED, lvt_template_render_json(template, TEXT("{}"), 0, &html, &error));
    lvt_template_free(template);

    cancel = lvt_cancel_new_after_ms(20);
    template = lvt_template_with_cancel(plain, cancel);
    lvt_cancel_free(cancel);
    FAILS(LVT_ERR_DEADLINE_EXCEEDED, lvt_template_render_json(template, TEXT("{}"), 0, &html, &error));
    CHECK(html.data == NULL);
    lvt_template_free(template);
    cancel = lvt_cancel_new();
    CHECK(lvt_template_with_cancel(NULL, cancel) == NULL && lvt_template_with_cancel(plain, NULL) == NULL);
    CHECK(lvt_page_with_cancel(NULL, cancel) == NULL);
    lvt_cancel_free(cancel);
    lvt_template_free(plain);
}

// Cancels when it is called with a true value.
static lvt_status stop(void *cancel, const lvt_value *const *args, size_t len, lvt_value **result, lvt_error **error)
{
    bool now = false;
    if (len == 1 && lvt_value_as_bool(args[0], &now, error) == LVT_OK && now)
        lvt_cancel_cancel(cancel);
    *result = lvt_value_new_bool(now);
    return LVT_OK;
}

static void updates(void)
{
    lvt_error *error = NULL;
    lvt_application *application = NULL;
    lvt_page *page = NULL, *none = NULL;
    lvt_update *update = NULL;
    lvt_buffer data = { 0 };
    lvt_cancel *cancel = lvt_cancel_new();
    const lvt_function function = { stop, cancel, NULL, NULL };
    lvt_template *plain = make("<p>{{stop .}}</p>", &function);
    OK(lvt_application_new(NULL, &application, &error));
    lvt_template *template = lvt_template_with_cancel(plain, cancel);
    OK(lvt_page_new_json(application, template, TEXT("false"), 0, NULL, &page, &error));
    lvt_page *under = lvt_page_with_cancel(page, cancel);
    OK(lvt_page_update_json(under, TEXT("false"), 0, &update, &error));
    lvt_update_free(update);
    FAILS(LVT_ERR_CANCELLED, lvt_page_update_json(under, TEXT("true"), 0, &update, &error));
    CHECK(update == NULL);
    FAILS(LVT_ERR_CANCELLED, lvt_page_patch_json(under, TEXT("[]"), 0, &update, &error));
    FAILS(LVT_ERR_CANCELLED, lvt_page_new_json(application, template, TEXT("false"), 0, NULL, &none, &error));
    CHECK(none == NULL && lvt_application_page_count(application) == 1);
    // The page itself is as it was, and not under the handle that its template was under.
    OK(lvt_page_data_json(page, 0, &data, &error));
    CHECK(same(buffer_str(&data), str("false")));
    lvt_buffer_free(&data);
    OK(lvt_page_update_json(page, TEXT("true"), 0, &update, &error));
    CHECK(!lvt_update_is_empty(update));
    lvt_update_free(update);
    lvt_page_free(under);
    lvt_page_free(page);
    lvt_application_free(application);
    lvt_template_free(template);
    lvt_template_free(plain);
    lvt_cancel_free(cancel);
}

void api_cancel(void)
{
    renders();
    updates();
}

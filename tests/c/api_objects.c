// Objects of the host's in templates and pages: what they are asked, failures, drop, re-entry.
#include "support.h"

#include <stdatomic.h>

// A user with a name; counts what is made of it and what is dropped.
typedef struct {
    const char *name;
    atomic_int drops, iterations, ends;
    const lvt_page *page;
} user;

static void dropped(void *data)
{
    ((user *)data)->drops++;
}

static bool is(const uint8_t *name, size_t len, const char *text)
{
    return same((lvt_str) { name, len }, str(text));
}

static lvt_status broken(lvt_error **error)
{
    *error = lvt_error_new(TEXT("no <luck>"), NULL, NULL);
    return LVT_ERR_INVALID_DATA;
}

static lvt_status greet(void *data, const lvt_value *const *args, size_t len, lvt_value **result, lvt_error **error)
{
    user *self = data;
    if (len == 0)
        return broken(error);
    // An argument that is an object is known again.
    if (lvt_value_user_data(args[0]) == self)
        return lvt_value_new_string(TEXT("me"), result, error);
    lvt_str text = { 0 };
    lvt_value_as_text(args[0], &text, NULL);
    char buffer[64];
    int written = snprintf(buffer, sizeof buffer, "%.*s, %s!", (int)text.len, (const char *)text.data, self->name);
    return lvt_value_new_string((uint8_t *)buffer, (size_t)written, result, error);
}

// Reads the page under update, and is refused a change of it.
static lvt_status reenter(void *data, const lvt_value *const *args, size_t len, lvt_value **result, lvt_error **error)
{
    (void)args, (void)len;
    user *self = data;
    if (self->page == NULL)
        return lvt_value_new_string(TEXT("none"), result, error);
    lvt_buffer html = { 0 };
    lvt_status status = lvt_page_render(self->page, &html, error);
    if (status != LVT_OK)
        return status;
    lvt_buffer_free(&html);
    lvt_update *update = NULL;
    status = lvt_page_update_json(self->page, TEXT("1"), 0, &update, NULL);
    return lvt_value_new_string(TEXT(status == LVT_ERR_REENTRANT ? "refused" : "changed"), result, error);
}

static lvt_status method(void *data, lvt_function_body body, size_t args, lvt_value **result, lvt_error **error)
{
    lvt_function function = { body, data, NULL, NULL };
    return lvt_value_new_function(TEXT("func(string) string"), &function, args, args, LVT_FUNCTION_FLAGS_TYPED_RESULT, result, error);
}

static lvt_status member(void *data, const uint8_t *name, size_t len, bool *is_method, lvt_value **result, lvt_error **error)
{
    user *self = data;
    if (is(name, len, "Name"))
        return lvt_value_new_string(TEXT(self->name), result, error);
    if (is(name, len, "Broken"))
        return broken(error);
    if (is(name, len, "F"))
        return method(data, greet, 1, result, error);
    *is_method = true;
    if (is(name, len, "Greet"))
        return method(data, greet, 1, result, error);
    if (is(name, len, "Fail"))
        return method(data, greet, 0, result, error);
    if (is(name, len, "Reenter"))
        return method(data, reenter, 0, result, error);
    if (is(name, len, "Odd")) {
        *result = lvt_value_new_i64(1);
        return LVT_OK;
    }
    return LVT_OK;
}

static lvt_status at(void *data, const lvt_value *key, lvt_value **result, lvt_error **error)
{
    (void)data;
    int64_t index = 0;
    if (lvt_value_as_i64(key, &index, NULL) != LVT_OK || index > 2)
        return broken(error);
    *result = lvt_value_new_i64(index * 10);
    return LVT_OK;
}

static lvt_status length(void *data, size_t *length, lvt_error **error)
{
    (void)data, (void)error;
    *length = 3;
    return LVT_OK;
}

typedef struct {
    user *of;
    int64_t at;
} items;

static lvt_status iterate(void *data, int32_t *kind, void **iterator, lvt_error **error)
{
    (void)error;
    user *self = data;
    items *made = allocate(sizeof *made);
    *made = (items) { self, 0 };
    self->iterations++;
    *iterator = made;
    *kind = LVT_ITERATION_MAP;
    return LVT_OK;
}

// Endless, but for the end that the template makes.
static lvt_status next(void *iterator, lvt_value **key, lvt_value **item, lvt_error **error)
{
    items *self = iterator;
    if (self->at == 1000 && strcmp(self->of->name, "Bob") == 0)
        return broken(error);
    *key = lvt_value_new_i64(self->at);
    *item = lvt_value_new_i64(self->at++ * 2);
    return LVT_OK;
}

static void end(void *iterator)
{
    ((items *)iterator)->of->ends++;
    free(iterator);
}

static lvt_status truth(void *data, int32_t *truth, lvt_error **error)
{
    (void)error;
    *truth = ((user *)data)->name[0] != 'B';
    return LVT_OK;
}

static lvt_status shown(void *data, lvt_value **result, lvt_error **error)
{
    char buffer[64];
    int written = snprintf(buffer, sizeof buffer, "<%s>", ((user *)data)->name);
    return lvt_value_new_string((uint8_t *)buffer, (size_t)written, result, error);
}

static lvt_status json(void *data, bool whole, lvt_value **result, lvt_error **error)
{
    (void)data;
    return lvt_value_new_string(TEXT(whole ? "[1, \"</script>\"]" : "{ \"part\": true }"), result, error);
}

static lvt_status no_text(void *data, lvt_value **result, lvt_error **error)
{
    (void)data, (void)result;
    return broken(error);
}

static lvt_status number(void *data, lvt_value **result, lvt_error **error)
{
    (void)data, (void)error;
    *result = lvt_value_new_i64(1);
    return LVT_OK;
}

static const lvt_object full = { member, at, length, iterate, next, end, truth, shown, json, NULL, dropped, NULL };

// {"U": the object, "L": a list of it}
static lvt_value *data_of(const lvt_object *kind, user *self, const lvt_value *data)
{
    lvt_error *error = NULL;
    lvt_value *object = NULL, *list = NULL, *map = NULL, *keys[2] = { NULL, NULL };
    lvt_object callbacks = *kind;
    callbacks.user_data = self;
    OK(lvt_value_new_host(TEXT("app.User"), data, &callbacks, &object, &error));
    CHECK(lvt_value_kind(object) == LVT_KIND_HOST);
    CHECK(lvt_value_user_data(object) == self);
    CHECK(same(lvt_value_type_name(object), str("app.User")));
    CHECK((lvt_value_data(object) == NULL) == (data == NULL));
    OK(lvt_value_new_list((const lvt_value *const *)&object, 1, &list, &error));
    OK(lvt_value_new_string(TEXT("U"), &keys[0], &error));
    OK(lvt_value_new_string(TEXT("L"), &keys[1], &error));
    const lvt_value *parts[2] = { object, list };
    OK(lvt_value_new_map((const lvt_value *const *)keys, parts, 2, &map, &error));
    lvt_value_free(object);
    lvt_value_free(list);
    lvt_value_free(keys[0]);
    lvt_value_free(keys[1]);
    return map;
}

// The template's output or error text is `want`.
static void shows(const char *source, const lvt_value *data, const char *want)
{
    lvt_error *error = NULL;
    lvt_buffer html = { 0 };
    lvt_template *template = template_of(source);
    lvt_status status = lvt_template_render(template, data, &html, &error);
    lvt_str got = status == LVT_OK ? buffer_str(&html) : lvt_error_message(error);
    if (!same(got, str(want))) {
        failures++;
        fprintf(stderr, "%s\n  want %s\n  got  %.*s\n", source, want, (int)got.len, (const char *)got.data);
    }
    lvt_error_free(error);
    lvt_buffer_free(&html);
    lvt_template_free(template);
}

static void asked(void)
{
    user ann = { .name = "Ann" }, bob = { .name = "Bob" };
    lvt_value *data = data_of(&full, &ann, NULL), *other = data_of(&full, &bob, NULL);
    shows("{{.U.Name}} {{.U}} {{printf \"%s %T\" .U .U}}", data, "Ann &lt;Ann&gt; &lt;Ann&gt; app.User");
    shows("{{.U.Greet \"Hi\"}} {{.U | .U.Greet}} {{call .U.F \"Yo\"}}", data, "Hi, Ann! me Yo, Ann!");
    shows("{{index .U 2}} {{len .U}} {{if .U}}yes{{end}}", data, "20 3 yes");
    shows("{{range $k, $v := .U}}{{$k}}={{$v}} {{if eq $k 2}}{{break}}{{end}}{{end}}", data, "0=0 1=2 2=4 ");
    shows("<script>{{.U}}{{.L}}</script>", data, "<script>[1,\"\\u003c/script\\u003e\"][{\"part\":true}]</script>");
    shows("{{if .U}}yes{{else}}no{{end}}", other, "no");
    static const char place[] = "template: t:1:4: executing \"t\" at ";
    char want[256];
    static const char *const refused[][2] = {
        { "{{.U.Nosuch}}", "<.U.Nosuch>: can't evaluate field Nosuch in type interface {}" },
        { "{{.U.Fail}}", "<.U.Fail>: error calling Fail: no <luck>" },
        { "{{.U.Broken}}", "<.U.Broken>: no <luck>" },
        { "{{.U.Greet}}", "<.U.Greet>: wrong number of args for Greet: want 1 got 0" },
        { "{{.U.F 1}}", "<.U.F>: F has arguments but cannot be invoked as function" },
        { "{{.U.Odd}}", "<.U.Odd>: member: the method Odd is no function" },
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        snprintf(want, sizeof want, "%s%s", place, refused[i][1]);
        shows(refused[i][0], data, want);
    }
    shows("{{index .U 9}}", data, "template: t:1:2: executing \"t\" at <index .U 9>: error calling index: no <luck>");
    shows("{{range .U}}{{end}}", other, "template: t:1:8: executing \"t\" at <.U>: no <luck>");
    CHECK(ann.iterations == 1 && ann.ends == 1 && bob.iterations == 1 && bob.ends == 1);
    CHECK(ann.drops == 0);
    lvt_value_free(data);
    lvt_value_free(other);
    CHECK(ann.drops == 1 && bob.drops == 1);
}

// What no callback answers is the data's; an object without data has nothing.
static void unanswered(void)
{
    lvt_error *error = NULL;
    user ann = { .name = "Ann" };
    lvt_value *record = NULL;
    OK(lvt_value_new_json(TEXT("{\"A\":[1,2],\"B\":\"<\"}"), 0, &record, &error));
    lvt_object none = { 0 };
    none.drop = dropped;
    lvt_value *data = data_of(&none, &ann, record), *bare = data_of(&none, &ann, NULL);
    lvt_value_free(record);
    shows("{{.U}} {{.U.B}} {{index .U.A 1}} {{len .U}} {{range .U}}x{{end}}", data, "map[A:[1 2] B:&lt;] &lt; 2 2 xx");
    shows("<script>{{.L}}</script>", data, "<script>[{\"A\":[1,2],\"B\":\"\\u003c\"}]</script>");
    shows("{{.U}}{{if .U}}yes{{end}}", bare, "&lt;app.User Value&gt;yes");
    shows("<script>{{.U}}</script>", bare, "<script> /* json: unsupported type: app.User */null </script>");
    shows("{{len .U}}", bare, "template: t:1:2: executing \"t\" at <len .U>: error calling len: len of type app.User");
    shows("{{range .U}}{{end}}", bare,
          "template: t:1:8: executing \"t\" at <.U>: range can't iterate over <app.User Value>");
    lvt_buffer text = { 0 };
    OK(lvt_value_to_json(data, 0, &text, &error));
    CHECK(same(buffer_str(&text), str("{\"L\":[{\"A\":[1,2],\"B\":\"<\"}],\"U\":{\"A\":[1,2],\"B\":\"<\"}}")));
    lvt_buffer_free(&text);
    FAILS(LVT_ERR_INVALID_DATA, lvt_value_to_json(bare, 0, &text, &error));
    lvt_value_free(data);
    lvt_value_free(bare);
    CHECK(ann.drops == 2);

    lvt_object failing = none;
    failing.text = no_text;
    data = data_of(&failing, &ann, NULL);
    shows("{{.U}}", data, "template: t:1:2: executing \"t\" at <.U>: no <luck>");
    shows("{{print .U}}", data, "template: t:1:2: executing \"t\" at <print .U>: error calling print: no <luck>");
    lvt_value_free(data);
    failing.text = number;
    data = data_of(&failing, &ann, NULL);
    shows("{{.U}}", data, "template: t:1:2: executing \"t\" at <.U>: text: the result is not text");
    lvt_value_free(data);
}

// A call that fails drops what it was given, once; so does one whose struct is not as it must be.
static void refused(void)
{
    lvt_error *error = NULL;
    user ann = { .name = "Ann" };
    lvt_value *value = NULL;
    lvt_object object = full;
    object.user_data = &ann;
    object.next = NULL;
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_host(TEXT("T"), NULL, &object, &value, &error));
    object.next = next;
    object.reserved = &ann;
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_host(TEXT("T"), NULL, &object, &value, &error));
    object.reserved = NULL;
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_host(TEXT("T"), NULL, &object, NULL, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_host(TEXT("\xff"), NULL, &object, &value, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_host(NULL, 1, NULL, &object, &value, &error));
    CHECK(ann.drops == 5 && value == NULL);
    lvt_function function = { greet, &ann, dropped, NULL };
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_function(TEXT("func()"), &function, 2, 1, 0, &value, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_function(TEXT("func()"), &function, 0, 1, 64, &value, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_function(TEXT("func()"), &function, 0, 1, 0, NULL, &error));
    CHECK(ann.drops == 8);
    OK(lvt_value_new_function(TEXT("func()"), &function, 0, 1, 0, &value, &error));
    CHECK(lvt_value_kind(value) == LVT_KIND_HOST && lvt_value_user_data(value) == NULL);
    lvt_value *again = lvt_value_clone(value);
    lvt_value_free(value);
    CHECK(ann.drops == 8);
    lvt_value_free(again);
    CHECK(ann.drops == 9);
}

// A page keeps its objects; their methods may read it and are refused a change of it.
static void pages(void)
{
    lvt_error *error = NULL;
    user ann = { .name = "Ann" };
    lvt_application *application = application_of("objects");
    lvt_template *template = template_of("<p>{{.U.Name}} {{.U.Reenter}}</p>");
    lvt_value *data = data_of(&full, &ann, NULL);
    lvt_page *page = NULL;
    OK(lvt_page_new(application, template, data, NULL, &page, &error));
    lvt_template_free(template);
    ann.page = page;
    lvt_update *update = NULL;
    OK(lvt_page_update(page, data, &update, &error));
    CHECK(contains(lvt_update_payload(update), "refused"));
    lvt_update_free(update);
    lvt_value_free(data);
    CHECK(ann.drops == 0);
    // The same object is handed back.
    OK(lvt_page_data(page, &data, &error));
    CHECK(lvt_value_user_data(lvt_value_get(data, TEXT("U"))) == &ann);
    lvt_value_free(data);
    lvt_page_close(page);
    lvt_page_free(page);
    CHECK(ann.drops == 1);
    lvt_application_free(application);
}

void api_objects(void)
{
    asked();
    unanswered();
    refused();
    pages();
}

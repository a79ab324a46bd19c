// Values: made, read, rendered.
#include "support.h"

static lvt_value *string(const char *text)
{
    lvt_value *value = NULL;
    lvt_error *error = NULL;
    OK(lvt_value_new_string(TEXT(text), &value, &error));
    return value;
}

// Frees the items that a container shares.
static void free_all(lvt_value **values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        lvt_value_free(values[i]);
}

static void scalars(void)
{
    lvt_error *error = NULL;
    lvt_value *value = lvt_value_new_bool(true);
    bool flag = false;
    int64_t i64 = 7;
    uint64_t u64 = 7;
    double f64 = 7;
    lvt_str text = { NULL, 0 };
    CHECK(lvt_value_kind(value) == LVT_KIND_BOOL);
    OK(lvt_value_as_bool(value, &flag, &error));
    CHECK(flag);
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_as_i64(value, &i64, &error));
    CHECK(i64 == 0);
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_as_f64(value, &f64, &error));
    CHECK(f64 == 0);
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_as_text(value, &text, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_as_bool(value, NULL, &error));
    lvt_value_free(value);

    value = lvt_value_new_i64(INT64_MIN);
    CHECK(lvt_value_kind(value) == LVT_KIND_I64);
    OK(lvt_value_as_i64(value, &i64, &error));
    CHECK(i64 == INT64_MIN);
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_as_u64(value, &u64, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_as_bool(value, &flag, &error));
    lvt_value_free(value);

    value = lvt_value_new_u64(UINT64_MAX);
    CHECK(lvt_value_kind(value) == LVT_KIND_U64);
    OK(lvt_value_as_u64(value, &u64, &error));
    CHECK(u64 == UINT64_MAX);
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_as_i64(value, &i64, &error));
    lvt_value_free(value);

    value = lvt_value_new_u64(12);
    CHECK(lvt_value_kind(value) == LVT_KIND_I64);
    OK(lvt_value_as_u64(value, &u64, &error));
    CHECK(u64 == 12);
    lvt_value_free(value);

    value = lvt_value_new_f64(2.5);
    CHECK(lvt_value_kind(value) == LVT_KIND_F64);
    OK(lvt_value_as_f64(value, &f64, &error));
    CHECK(f64 == 2.5);
    lvt_value_free(value);

    OK(lvt_value_new_bytes((const uint8_t *)"a\0b", 3, &value, &error));
    CHECK(lvt_value_kind(value) == LVT_KIND_BYTES);
    OK(lvt_value_as_text(value, &text, &error));
    CHECK(text.len == 3 && memcmp(text.data, "a\0b", 3) == 0);
    lvt_value_free(value);
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_bytes(NULL, 1, &value, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_string(NULL, 1, &value, &error));
    CHECK(value == NULL);
    OK(lvt_value_new_string(NULL, 0, &value, &error));
    CHECK(lvt_value_kind(value) == LVT_KIND_STRING);
    lvt_value_free(value);

    for (int32_t content = LVT_CONTENT_HTML; content <= LVT_CONTENT_SRCSET; content++) {
        OK(lvt_value_new_trusted(content, TEXT("<b>"), &value, &error));
        CHECK(lvt_value_kind(value) == LVT_KIND_TRUSTED);
        CHECK(lvt_value_content(value) == content);
        lvt_value_free(value);
    }
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_trusted(0, TEXT("<b>"), &value, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_trusted(8, TEXT("<b>"), &value, &error));

    int64_t seconds = 0;
    uint32_t nanoseconds = 0;
    int32_t offset = 0;
    OK(lvt_value_new_time(-5, 999999999, -3600, &value, &error));
    CHECK(lvt_value_kind(value) == LVT_KIND_TIME);
    OK(lvt_value_as_time(value, &seconds, &nanoseconds, &offset, &error));
    CHECK(seconds == -5 && nanoseconds == 999999999 && offset == -3600);
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_as_time(value, &seconds, NULL, &offset, &error));
    CHECK(seconds == 0 && offset == 0);
    lvt_value_free(value);
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_time(0, 1000000000, 0, &value, &error));
}

static void numbers(void)
{
    lvt_error *error = NULL;
    lvt_value *value = lvt_value_new_i64(1);
    double real = 7, imaginary = 7;
    int64_t i64 = 0;
    uint64_t u64 = 0;
    CHECK(lvt_value_number_type(value) == LVT_NUMBER_TYPE_INT);
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_as_complex(value, &real, &imaginary, &error));
    CHECK(real == 0 && imaginary == 0);
    lvt_value_free(value);
    value = lvt_value_new_f64(1);
    CHECK(lvt_value_number_type(value) == LVT_NUMBER_TYPE_FLOAT64);
    lvt_value_free(value);
    value = lvt_value_new_u64(UINT64_MAX);
    CHECK(lvt_value_number_type(value) == LVT_NUMBER_TYPE_UINT64);
    lvt_value_free(value);
    value = lvt_value_new_bool(true);
    CHECK(lvt_value_number_type(value) == 0);
    lvt_value_free(value);

    // A number of each type that is not complex.
    for (int32_t type = LVT_NUMBER_TYPE_INT; type <= LVT_NUMBER_TYPE_DURATION; type++) {
        if (type == LVT_NUMBER_TYPE_COMPLEX64 || type == LVT_NUMBER_TYPE_COMPLEX128) {
            FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_number(type, 1, &value, &error));
            CHECK(value == NULL);
            continue;
        }
        OK(lvt_value_new_number(type, 1, &value, &error));
        CHECK(lvt_value_number_type(value) == type);
        if (type == LVT_NUMBER_TYPE_FLOAT32 || type == LVT_NUMBER_TYPE_FLOAT64)
            CHECK(lvt_value_kind(value) == LVT_KIND_F64);
        else
            OK(lvt_value_as_u64(value, &u64, &error));
        lvt_value_free(value);
    }
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_number(0, 1, &value, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_number(19, 1, &value, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_number(LVT_NUMBER_TYPE_INT8, 128, &value, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_number(LVT_NUMBER_TYPE_UINT16, 65536, &value, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_complex(LVT_NUMBER_TYPE_FLOAT64, 1, 1, &value, &error));

    OK(lvt_value_new_number(LVT_NUMBER_TYPE_INT8, (uint64_t)-128, &value, &error));
    CHECK(lvt_value_kind(value) == LVT_KIND_I64);
    OK(lvt_value_as_i64(value, &i64, &error));
    CHECK(i64 == -128);
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_as_u64(value, &u64, &error));
    lvt_value_free(value);
    float single = 0.1f;
    uint32_t bits;
    memcpy(&bits, &single, sizeof bits);
    OK(lvt_value_new_number(LVT_NUMBER_TYPE_FLOAT32, bits, &value, &error));
    OK(lvt_value_as_f64(value, &real, &error));
    CHECK(real == (double)single);
    lvt_value_free(value);
    OK(lvt_value_new_complex(LVT_NUMBER_TYPE_COMPLEX64, 0.1, -2, &value, &error));
    CHECK(lvt_value_kind(value) == LVT_KIND_COMPLEX);
    CHECK(lvt_value_number_type(value) == LVT_NUMBER_TYPE_COMPLEX64);
    OK(lvt_value_as_complex(value, &real, &imaginary, &error));
    CHECK(real == (double)single && imaginary == -2);
    lvt_buffer json = { 0 };
    FAILS(LVT_ERR_INVALID_DATA, lvt_value_to_json(value, 0, &json, &error));
    lvt_value_free(value);
}

static void containers(void)
{
    lvt_error *error = NULL;
    lvt_value *list = NULL, *map = NULL, *record = NULL, *refused = NULL;
    lvt_value *items[] = { lvt_value_new_i64(1), string("<two>"), lvt_value_new_null() };
    OK(lvt_value_new_list((const lvt_value *const *)items, 3, &list, &error));
    CHECK(lvt_value_kind(list) == LVT_KIND_LIST);
    CHECK(lvt_value_len(list) == 3);
    CHECK(lvt_value_kind(lvt_value_item(list, 1)) == LVT_KIND_STRING);
    CHECK(lvt_value_item(list, 3) == NULL);
    CHECK(lvt_value_key(list, 0) == NULL);

    lvt_value *keys[] = { string("b"), lvt_value_new_i64(10), lvt_value_new_i64(9) };
    OK(lvt_value_new_map((const lvt_value *const *)keys, (const lvt_value *const *)items, 3, &map, &error));
    CHECK(lvt_value_kind(map) == LVT_KIND_MAP);
    CHECK(lvt_value_len(map) == 3);
    // In the order of Go's fmtsort: 9, 10, "b".
    int64_t number = 0;
    lvt_value *key = lvt_value_key(map, 0);
    OK(lvt_value_as_i64(key, &number, &error));
    CHECK(number == 9);
    lvt_value_free(key);
    CHECK(lvt_value_kind(lvt_value_item(map, 0)) == LVT_KIND_NULL);
    CHECK(lvt_value_item(map, 2) == lvt_value_get(map, TEXT("b")));
    CHECK(lvt_value_get(map, TEXT("c")) == NULL);
    CHECK(lvt_value_get(map, NULL, 1) == NULL);
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_map((const lvt_value *const *)&list, (const lvt_value *const *)items, 1,
                                                      &refused, &error));
    const lvt_value *const hole[] = { items[0], NULL };
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_list(hole, 2, &refused, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_list(NULL, 2, &refused, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_list(hole, SIZE_MAX, &refused, &error));
    CHECK(refused == NULL);
    lvt_value *empty = NULL;
    OK(lvt_value_new_list(NULL, 0, &empty, &error));
    CHECK(lvt_value_len(empty) == 0);
    lvt_value_free(empty);

    lvt_value *names[] = { string("Name"), string("Tags"), string("Gone") };
    const lvt_value *fields[] = { items[1], list, items[2] };
    OK(lvt_value_new_record(TEXT("main.User"), (const lvt_value *const *)names, fields, 3, &record, &error));
    CHECK(lvt_value_kind(record) == LVT_KIND_RECORD);
    CHECK(same(lvt_value_type_name(record), str("main.User")));
    CHECK(lvt_value_type_name(map).data == NULL);
    CHECK(lvt_value_get(record, TEXT("Tags")) == lvt_value_item(record, 1));
    key = lvt_value_key(record, 1);
    lvt_str name = { NULL, 0 };
    OK(lvt_value_as_text(key, &name, &error));
    CHECK(same(name, str("Tags")));
    lvt_value_free(key);
    FAILS(LVT_ERR_INVALID_ARGUMENT,
          lvt_value_new_record(TEXT("T"), (const lvt_value *const *)items, fields, 1, &refused, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT,
          lvt_value_new_record(TEXT("\xff"), (const lvt_value *const *)names, fields, 1, &refused, &error));

    // The containers share their items: freeing those changes nothing.
    free_all(items, 3);
    free_all(keys, 3);
    free_all(names, 3);
    lvt_value_free(list);
    lvt_template *template = template_of("<a title=\"{{.Name}}\">{{range .Tags}}{{.}};{{end}}</a>");
    lvt_buffer html = { 0 };
    lvt_value *copy = lvt_value_clone(record);
    lvt_value_free(record);
    OK(lvt_template_render(template, copy, &html, &error));
    CHECK(same(buffer_str(&html), str("<a title=\"&lt;two&gt;\">1;&lt;two&gt;;;</a>")));
    lvt_buffer_free(&html);
    lvt_value_free(copy);
    lvt_value_free(map);
    lvt_template_free(template);
}

static void nesting(void)
{
    lvt_error *error = NULL;
    lvt_value *value = lvt_value_new_i64(1), *outer = NULL;
    lvt_status status = LVT_OK;
    int depth = 0;
    for (; depth < 1000 && status == LVT_OK; depth++) {
        const lvt_value *items[] = { value };
        status = lvt_value_new_list(items, 1, &outer, &error);
        if (status == LVT_OK) {
            lvt_value_free(value);
            value = outer;
        }
    }
    CHECK(status == LVT_ERR_DEPTH_EXCEEDED);
    CHECK(depth > 100 && depth < 200);
    lvt_error_free(error);
    error = NULL;
    lvt_value_free(value);
    // Sharing doubles the size with every level: refused long before it is walked.
    value = lvt_value_new_i64(1);
    for (depth = 0, status = LVT_OK; depth < 100 && status == LVT_OK; depth++) {
        const lvt_value *items[] = { value, value, value, value, value, value, value, value, value, value };
        status = lvt_value_new_list(items, 10, &outer, &error);
        if (status == LVT_OK) {
            lvt_value_free(value);
            value = outer;
        }
    }
    CHECK(status == LVT_ERR_INVALID_DATA);
    CHECK(depth < 10);
    lvt_error_free(error);
    lvt_value_free(value);
}

static void json(void)
{
    lvt_error *error = NULL;
    lvt_value *value = NULL;
    lvt_buffer text = { 0 };
    const char *tagged = "{\"t\": {\"$time\": \"2025-08-08T14:30:26Z\"}, \"h\": {\"$html\": \"<b>\"}}";
    OK(lvt_value_new_json(TEXT(tagged), LVT_DATA_TIME, &value, &error));
    CHECK(lvt_value_kind(lvt_value_get(value, TEXT("t"))) == LVT_KIND_TIME);
    CHECK(lvt_value_kind(lvt_value_get(value, TEXT("h"))) == LVT_KIND_MAP);
    lvt_value_free(value);
    OK(lvt_value_new_json(TEXT(tagged), 0, &value, &error));
    CHECK(lvt_value_kind(lvt_value_get(value, TEXT("t"))) == LVT_KIND_MAP);
    lvt_value_free(value);
    OK(lvt_value_new_json(TEXT(tagged), LVT_DATA_TIME | LVT_DATA_TRUSTED, &value, &error));
    CHECK(lvt_value_content(lvt_value_get(value, TEXT("h"))) == LVT_CONTENT_HTML);
    OK(lvt_value_to_json(value, LVT_DATA_TIME | LVT_DATA_TRUSTED, &text, &error));
    lvt_value *back = NULL;
    OK(lvt_value_new_json(text.data, text.len, LVT_DATA_TIME | LVT_DATA_TRUSTED, &back, &error));
    CHECK(lvt_value_content(lvt_value_get(back, TEXT("h"))) == LVT_CONTENT_HTML);
    CHECK(lvt_value_kind(lvt_value_get(back, TEXT("t"))) == LVT_KIND_TIME);
    lvt_buffer_free(&text);
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_to_json(value, 8, &text, &error));
    lvt_value_free(value);
    lvt_value_free(back);
    FAILS(LVT_ERR_INVALID_JSON, lvt_value_new_json(TEXT("{\"a\": }"), 0, &value, &error));
    FAILS(LVT_ERR_INVALID_JSON, lvt_value_new_json(NULL, 0, 0, &value, &error));
    FAILS(LVT_ERR_INVALID_ARGUMENT, lvt_value_new_json(TEXT("1"), -1, &value, &error));
    CHECK(value == NULL);
}

void api_values(void)
{
    scalars();
    numbers();
    containers();
    nesting();
    json();
}

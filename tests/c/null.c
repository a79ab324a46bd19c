// Calls every exported function with NULL arguments and prints its name; run.sh compares the names with the header's and
// with the symbols of the shared library.
#include "support.h"

// A function that cannot fail: it gives something neutral.
#define NEUTRAL(function, ...) (puts(#function), function(__VA_ARGS__))
// A function that can: it refuses, and does not need the error's place either.
#define REFUSES(function, ...)                                                                                         \
    do {                                                                                                               \
        puts(#function);                                                                                               \
        FAILS(LVT_ERR_INVALID_ARGUMENT, function(__VA_ARGS__, &error));                                                \
        CHECK(function(__VA_ARGS__, NULL) == LVT_ERR_INVALID_ARGUMENT);                                                \
    } while (0)
// A constructor without arguments that can be NULL.
#define MAKES(type, function, ...)                                                                                     \
    do {                                                                                                               \
        puts(#function);                                                                                               \
        type *made = function(__VA_ARGS__);                                                                            \
        CHECK(made != NULL);                                                                                           \
        type##_free(made);                                                                                             \
    } while (0)

static void values(void)
{
    lvt_error *error = NULL;
    puts("lvt_value_new_null");
    lvt_value *null = lvt_value_new_null();
    CHECK(lvt_value_kind(null) == LVT_KIND_NULL);
    lvt_value_free(null);
    MAKES(lvt_value, lvt_value_new_bool, true);
    MAKES(lvt_value, lvt_value_new_i64, 1);
    MAKES(lvt_value, lvt_value_new_u64, 1);
    MAKES(lvt_value, lvt_value_new_f64, 1);
    REFUSES(lvt_value_new_number, LVT_NUMBER_TYPE_INT8, 1, NULL);
    REFUSES(lvt_value_new_complex, LVT_NUMBER_TYPE_COMPLEX64, 1, 2, NULL);
    REFUSES(lvt_value_new_string, NULL, 0, NULL);
    REFUSES(lvt_value_new_bytes, NULL, 0, NULL);
    REFUSES(lvt_value_new_trusted, LVT_CONTENT_HTML, NULL, 0, NULL);
    REFUSES(lvt_value_new_time, 0, 0, 0, NULL);
    REFUSES(lvt_value_new_list, NULL, 0, NULL);
    REFUSES(lvt_value_new_map, NULL, NULL, 0, NULL);
    REFUSES(lvt_value_new_record, NULL, 0, NULL, NULL, 0, NULL);
    REFUSES(lvt_value_new_json, NULL, 0, 0, NULL);
    CHECK(NEUTRAL(lvt_value_clone, NULL) == NULL);
    NEUTRAL(lvt_value_free, NULL);
    CHECK(NEUTRAL(lvt_value_kind, NULL) == 0);
    REFUSES(lvt_value_as_bool, NULL, NULL);
    REFUSES(lvt_value_as_i64, NULL, NULL);
    REFUSES(lvt_value_as_u64, NULL, NULL);
    REFUSES(lvt_value_as_f64, NULL, NULL);
    REFUSES(lvt_value_as_complex, NULL, NULL, NULL);
    CHECK(NEUTRAL(lvt_value_number_type, NULL) == 0);
    REFUSES(lvt_value_as_text, NULL, NULL);
    REFUSES(lvt_value_as_time, NULL, NULL, NULL, NULL);
    CHECK(NEUTRAL(lvt_value_content, NULL) == 0);
    CHECK(NEUTRAL(lvt_value_len, NULL) == 0);
    CHECK(NEUTRAL(lvt_value_item, NULL, 0) == NULL);
    CHECK(NEUTRAL(lvt_value_key, NULL, 0) == NULL);
    CHECK(NEUTRAL(lvt_value_get, NULL, NULL, 0) == NULL);
    CHECK(NEUTRAL(lvt_value_type_name, NULL).len == 0);
    REFUSES(lvt_value_to_json, NULL, 0, NULL);
}

static void templates(void)
{
    lvt_error *error = NULL;
    MAKES(lvt_template_builder, lvt_template_builder_new, );
    REFUSES(lvt_template_builder_add_source, NULL, NULL, 0, NULL, 0);
    REFUSES(lvt_template_builder_set_entry, NULL, NULL, 0);
    REFUSES(lvt_template_builder_set_delims, NULL, NULL, 0, NULL, 0);
    REFUSES(lvt_template_builder_set_numbers, NULL, LVT_NUMBERS_STRICT);
    REFUSES(lvt_template_builder_set_missing_key, NULL, LVT_MISSING_KEY_ZERO);
    REFUSES(lvt_template_builder_add_function, NULL, NULL, 0, NULL, 0, 0, 0);
    REFUSES(lvt_template_builder_add_typed_function, NULL, NULL, 0, NULL, 0, 0, 0);
    REFUSES(lvt_value_new_host, NULL, 0, NULL, NULL, NULL);
    REFUSES(lvt_value_new_function, NULL, 0, NULL, 0, 0, 0, NULL);
    REFUSES(lvt_value_new_typed_function, NULL, 0, NULL, 0, 0, 0, NULL);
    CHECK(NEUTRAL(lvt_value_user_data, NULL) == NULL);
    CHECK(NEUTRAL(lvt_value_data, NULL) == NULL);
    REFUSES(lvt_template_builder_set_upon, NULL);
    REFUSES(lvt_template_builder_set_max_source, NULL, 1);
    REFUSES(lvt_template_builder_set_max_nesting, NULL, 1);
    REFUSES(lvt_template_builder_set_max_json, NULL, 1);
    REFUSES(lvt_template_builder_set_max_steps, NULL, 1);
    REFUSES(lvt_template_builder_set_max_call_depth, NULL, 1);
    REFUSES(lvt_template_builder_set_max_output, NULL, 1);
    REFUSES(lvt_template_builder_build, NULL, NULL);
    NEUTRAL(lvt_template_builder_free, NULL);
    CHECK(NEUTRAL(lvt_template_name, NULL).len == 0);
    CHECK(NEUTRAL(lvt_template_len, NULL) == 0);
    CHECK(NEUTRAL(lvt_template_name_at, NULL, 0).len == 0);
    REFUSES(lvt_template_lookup, NULL, NULL, 0, NULL);
    REFUSES(lvt_template_dependencies, NULL, NULL);
    REFUSES(lvt_template_analysis, NULL, NULL);
    REFUSES(lvt_template_render, NULL, NULL, NULL);
    REFUSES(lvt_template_render_json, NULL, NULL, 0, 0, NULL);
    CHECK(NEUTRAL(lvt_template_clone, NULL) == NULL);
    CHECK(NEUTRAL(lvt_template_with_cancel, NULL, NULL) == NULL);
    NEUTRAL(lvt_template_free, NULL);
}

static void cancelling(void)
{
    MAKES(lvt_cancel, lvt_cancel_new, );
    MAKES(lvt_cancel, lvt_cancel_new_after_ms, 1);
    NEUTRAL(lvt_cancel_cancel, NULL);
    CHECK(!NEUTRAL(lvt_cancel_is_cancelled, NULL));
    NEUTRAL(lvt_cancel_free, NULL);
}

static void applications(void)
{
    lvt_error *error = NULL;
    MAKES(lvt_application_options, lvt_application_options_new, );
    REFUSES(lvt_application_options_set_id, NULL, NULL, 0);
    REFUSES(lvt_application_options_set_signing_key, NULL, NULL, 0);
    REFUSES(lvt_application_options_set_max_pages, NULL, 1);
    REFUSES(lvt_application_options_set_page_ttl_ms, NULL, 1);
    REFUSES(lvt_application_options_set_token_ttl_ms, NULL, 1);
    REFUSES(lvt_application_options_set_json, NULL, NULL, 0);
    NEUTRAL(lvt_application_options_free, NULL);
    REFUSES(lvt_application_new, NULL, NULL);
    CHECK(NEUTRAL(lvt_application_id, NULL).len == 0);
    REFUSES(lvt_application_get_page, NULL, NULL, 0, NULL);
    REFUSES(lvt_application_cleanup, NULL, NULL);
    CHECK(NEUTRAL(lvt_application_page_count, NULL) == 0);
    NEUTRAL(lvt_application_close, NULL);
    NEUTRAL(lvt_application_free, NULL);
}

static void pages(void)
{
    lvt_error *error = NULL;
    MAKES(lvt_page_options, lvt_page_options_new, );
    REFUSES(lvt_page_options_set_wire, NULL, NULL, 0);
    NEUTRAL(lvt_page_options_free, NULL);
    REFUSES(lvt_page_new, NULL, NULL, NULL, NULL, NULL);
    REFUSES(lvt_page_new_json, NULL, NULL, NULL, 0, 0, NULL, NULL);
    REFUSES(lvt_page_new_from_html, NULL, NULL, 0, NULL, NULL);
    REFUSES(lvt_page_update_html, NULL, NULL, 0, NULL);
    CHECK(NEUTRAL(lvt_page_id, NULL).len == 0);
    CHECK(NEUTRAL(lvt_page_token, NULL).len == 0);
    CHECK(NEUTRAL(lvt_page_wire, NULL).len == 0);
    REFUSES(lvt_page_render, NULL, NULL);
    REFUSES(lvt_page_tree, NULL, NULL, 0, NULL, 0, NULL);
    REFUSES(lvt_page_resync, NULL, NULL);
    REFUSES(lvt_page_receive, NULL, NULL, 0, NULL);
    REFUSES(lvt_page_update, NULL, NULL, NULL);
    REFUSES(lvt_page_update_json, NULL, NULL, 0, 0, NULL);
    REFUSES(lvt_page_patch, NULL, NULL, NULL);
    REFUSES(lvt_page_patch_json, NULL, NULL, 0, 0, NULL);
    REFUSES(lvt_page_set_data, NULL, NULL);
    REFUSES(lvt_page_set_data_json, NULL, NULL, 0, 0);
    REFUSES(lvt_page_analysis, NULL, NULL);
    REFUSES(lvt_page_data, NULL, NULL);
    REFUSES(lvt_page_data_json, NULL, 0, NULL);
    CHECK(NEUTRAL(lvt_page_with_cancel, NULL, NULL) == NULL);
    NEUTRAL(lvt_page_close, NULL);
    NEUTRAL(lvt_page_free, NULL);
    CHECK(!NEUTRAL(lvt_update_is_empty, NULL));
    CHECK(NEUTRAL(lvt_update_payload, NULL).len == 0);
    CHECK(NEUTRAL(lvt_update_message_at, NULL, 0).len == 0);
    REFUSES(lvt_update_fragments, NULL, NULL);
    REFUSES(lvt_update_changes, NULL, NULL);
    CHECK(NEUTRAL(lvt_update_html_pattern, NULL).len == 0);
    REFUSES(lvt_update_reply, NULL, NULL, 0, NULL, 0, NULL);
    CHECK(NEUTRAL(lvt_update_bytes, NULL) == 0);
    CHECK(NEUTRAL(lvt_update_full_render_bytes, NULL) == 0);
    CHECK(NEUTRAL(lvt_update_reduction, NULL) == 0);
    CHECK(NEUTRAL(lvt_update_slots_evaluated, NULL) == 0);
    CHECK(NEUTRAL(lvt_update_outside, NULL) == 0);
    CHECK(NEUTRAL(lvt_update_strategy, NULL).len == 0);
    CHECK(NEUTRAL(lvt_update_reason_at, NULL, 0).len == 0);
    CHECK(NEUTRAL(lvt_update_reason_count, NULL, 0) == 0);
    NEUTRAL(lvt_update_free, NULL);
    REFUSES(lvt_compress, NULL, 0, 0, NULL);
}

void run_null(void)
{
    CHECK(NEUTRAL(lvt_version, )[0] != '\0');
    CHECK(NEUTRAL(lvt_abi_version, ) == LVT_ABI_VERSION);
    CHECK(strcmp(NEUTRAL(lvt_status_name, 0), "OK") == 0);
    NEUTRAL(lvt_buffer_free, NULL);
    CHECK(NEUTRAL(lvt_error_code, NULL) == LVT_OK);
    CHECK(NEUTRAL(lvt_error_name, NULL) == NULL);
    CHECK(NEUTRAL(lvt_error_message, NULL).len == 0);
    CHECK(NEUTRAL(lvt_error_details, NULL).len == 0);
    CHECK(NEUTRAL(lvt_error_template, NULL).data == NULL);
    CHECK(NEUTRAL(lvt_error_line, NULL) == 0);
    CHECK(NEUTRAL(lvt_error_column, NULL) == 0);
    MAKES(lvt_error, lvt_error_new, NULL, 0, NULL, NULL);
    MAKES(lvt_error, lvt_error_new_argument, 0, NULL, 0);
    CHECK(NEUTRAL(lvt_error_source, NULL) == NULL);
    CHECK(NEUTRAL(lvt_error_user_data, NULL) == NULL);
    NEUTRAL(lvt_error_free, NULL);
    values();
    templates();
    cancelling();
    applications();
    pages();
}

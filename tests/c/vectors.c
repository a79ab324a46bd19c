// Runs the vectors of tests/vectors (see the README there) and writes a transcript of each.
#define _POSIX_C_SOURCE 200809L
#include "vector.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

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
            } else if (same(line, str("functions"))) {
                status = add_functions(builder, error);
            } else if (starts(line, "max-steps ")) {
                status = lvt_template_builder_set_max_steps(builder, number(rest(line)), error);
            } else if (starts(line, "max-output ")) {
                status = lvt_template_builder_set_max_output(builder, number(rest(line)), error);
            } else if (!starts(line, "go-") && !starts(line, "wire ") && !same(line, str("times")) && line.len > 0) {
                fail(v, 0, "unknown option", line);
            }
        }
    }
    if (status == LVT_OK)
        lvt_template_builder_build(builder, &template, error);
    lvt_template_builder_free(builder);
    return template;
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
        if (starts(s->heading, "receive "))
            refuse_control(v, state, page, s->content);
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
                compare_messages(v, state, update);
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

// Finds the formats in which the case is walked once more.
static void find_wires(vector *v)
{
    const section *options = section_of(v, "options");
    lvt_str text = options == NULL ? str("") : options->content;
    while (text.len > 0) {
        lvt_str line = take_line(&text);
        if (starts(line, "wire "))
            v->wires = rest(line);
    }
}

static void run_vector(vector *v, const lvt_application *application)
{
    const section *html_of_host = section_of(v, "html");
    find_wires(v);
    if (html_of_host != NULL) {
        run_html(v, application, html_of_host->content);
        return;
    }
    lvt_error *error = NULL;
    lvt_template *template = build_template(v, &error);
    const section *data = section_of(v, "data");
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

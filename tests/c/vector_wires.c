// Pages in other formats than `tree`, and pages whose HTML the host renders.
#include "vector.h"

static bool record_resync(vector *v, size_t state, const lvt_page *page)
{
    lvt_error *error = NULL;
    lvt_buffer message = { 0 };
    if (lvt_page_resync(page, &message, &error) != LVT_OK) {
        fail_error(v, state, "resync", &error);
        return false;
    }
    record(v, "resync", buffer_str(&message));
    lvt_buffer_free(&message);
    return true;
}

// Answers the control messages that stand between this section and the next step.
static void receive(vector *v, size_t state, const lvt_page *page, size_t from)
{
    lvt_str wire = lvt_page_wire(page);
    bool has_control = !same(wire, str("turbo")) && !same(wire, str("htmx"));
    for (size_t i = from; i < v->count && step_of(v->sections[i].heading) == NO_STEP; i++) {
        lvt_error *error = NULL;
        lvt_buffer answer = { 0 };
        if (!starts(v->sections[i].heading, "receive "))
            continue;
        if (!has_control)
            refuse_control(v, state, page, v->sections[i].content);
        else if (lvt_page_receive(page, STR(v->sections[i].content), &answer, &error) != LVT_OK)
            fail_error(v, state, "control message", &error);
        else
            record(v, "answer", buffer_str(&answer));
        lvt_buffer_free(&answer);
    }
}

// Records a report on an update, which is JSON text.
static void record_report(vector *v, size_t state, const char *kind, const lvt_update *update,
                          lvt_status (*report)(const lvt_update *, lvt_buffer *, lvt_error **))
{
    lvt_error *error = NULL;
    lvt_buffer json = { 0 };
    if (report(update, &json, &error) != LVT_OK)
        fail_error(v, state, kind, &error);
    else
        record(v, kind, buffer_str(&json));
    lvt_buffer_free(&json);
}

// Records what a step in another format gave.
static void record_update(vector *v, size_t state, const lvt_page *page, step kind, const lvt_update *update)
{
    const lvt_field_error wrong[] = { { str("Name"), str("is <empty>") } };
    lvt_error *error = NULL;
    lvt_buffer reply = { 0 };
    char stats[256];
    write_stats(update, stats, sizeof stats);
    compare_messages(v, state, update);
    record(v, "update", lvt_update_payload(update));
    if (lvt_update_reply(update, TEXT("save"), wrong, 1, &reply, &error) != LVT_OK)
        fail_error(v, state, "reply", &error);
    record(v, "reply", buffer_str(&reply));
    lvt_buffer_free(&reply);
    record(v, "stats", str(stats));
    if (same(lvt_page_wire(page), str("fragments")))
        record_report(v, state, "fragments", update, lvt_update_fragments);
    if (kind == UPDATE_HTML)
        record_report(v, state, "changes", update, lvt_update_changes);
    record_page(v, state, page);
}

// Takes every step on a page in another format.
static void walk_wire(vector *v, const lvt_page *page)
{
    lvt_error *error = NULL;
    size_t state = 0;
    if (!record_resync(v, 0, page) || !record_page(v, 0, page))
        return;
    receive(v, 0, page, 0);
    for (size_t i = 0; i < v->count; i++) {
        step kind = step_of(v->sections[i].heading);
        if (kind == NO_STEP)
            continue;
        state++;
        lvt_update *update = NULL;
        if (take_text(page, kind, v->sections[i].content, v->flags, &update, &error) != LVT_OK)
            compare_error(v, state, "step", &error);
        else if (update != NULL)
            record_update(v, state, page, kind, update);
        lvt_update_free(update);
        receive(v, state, page, i + 1);
    }
    record_resync(v, state, page);
}

// A page of a case: of its template, or without one of its host's HTML.
static lvt_status make_page(const vector *v, const lvt_application *application, const lvt_template *template, lvt_str first,
                            const lvt_page_options *options, lvt_page **page, lvt_error **error)
{
    if (template == NULL)
        return lvt_page_new_from_html(application, STR(first), options, page, error);
    return lvt_page_new_json(application, template, STR(first), v->flags, options, page, error);
}

void walk_wires(vector *v, const lvt_application *application, const lvt_template *template, lvt_str first)
{
    lvt_str names = v->wires;
    while (names.len > 0) {
        lvt_str wire = slice(names, 0, find(names, " "));
        names = rest(names);
        lvt_error *error = NULL;
        lvt_page *page = NULL;
        lvt_page_options *options = lvt_page_options_new();
        FILE *tree = v->transcript;
        v->transcript = open_transcript(v, wire);
        if (v->transcript == NULL)
            fail(v, 0, "cannot write the transcript", wire);
        else if (lvt_page_options_set_wire(options, STR(wire), &error) != LVT_OK
                 || make_page(v, application, template, first, options, &page, &error) != LVT_OK)
            fail_error(v, 0, "page in another format", &error);
        else
            walk_wire(v, page);
        if (v->transcript != NULL)
            fclose(v->transcript);
        v->transcript = tree;
        lvt_page_close(page);
        lvt_page_free(page);
        lvt_page_options_free(options);
    }
}

// Takes every step on a page in `tree` whose HTML the host renders.
static void walk_html(vector *v, const lvt_page *page)
{
    lvt_error *error = NULL;
    lvt_buffer tree = { 0 };
    size_t state = 0;
    if (lvt_page_tree(page, NULL, 0, NULL, 0, &tree, &error) != LVT_OK) {
        fail_error(v, 0, "tree of the page", &error);
        return;
    }
    record(v, "tree", buffer_str(&tree));
    lvt_buffer_free(&tree);
    record_page(v, 0, page);
    for (size_t i = 0; i < v->count; i++) {
        const section *s = &v->sections[i];
        step kind = step_of(s->heading);
        lvt_update *update = NULL;
        if (kind == NO_STEP)
            continue;
        state++;
        if (take_text(page, kind, s->content, v->flags, &update, &error) != LVT_OK) {
            compare_error(v, state, "step", &error);
            continue;
        }
        char stats[256];
        write_stats(update, stats, sizeof stats);
        compare_messages(v, state, update);
        record(v, "update", lvt_update_payload(update));
        record(v, "stats", str(stats));
        record_page(v, state, page);
        lvt_update_free(update);
        lvt_status status = take_text(page, kind, s->content, v->flags, &update, &error);
        nothing(v, state, "the same HTML again", status, update, &error);
    }
}

void run_html(vector *v, const lvt_application *application, lvt_str html)
{
    lvt_error *error = NULL;
    lvt_page *page = NULL;
    if (make_page(v, application, NULL, html, NULL, &page, &error) != LVT_OK)
        fail_error(v, 0, "page of the host's HTML", &error);
    else
        walk_html(v, page);
    lvt_page_close(page);
    lvt_page_free(page);
    walk_wires(v, application, NULL, html);
}

// The steps of a case, by text, and the transcript that they leave.
#include "vector.h"

#include <errno.h>
#include <sys/stat.h>

step step_of(lvt_str heading)
{
    return starts(heading, "patch ")         ? PATCH
           : starts(heading, "update ")      ? UPDATE
           : starts(heading, "set_data ")    ? SET_DATA
           : starts(heading, "update_html ") ? UPDATE_HTML
                                             : NO_STEP;
}

lvt_status take_text(const lvt_page *page, step kind, lvt_str text, int32_t flags, lvt_update **update, lvt_error **error)
{
    *update = NULL;
    switch (kind) {
    case PATCH:
        return lvt_page_patch_json(page, STR(text), flags, update, error);
    case UPDATE:
        return lvt_page_update_json(page, STR(text), flags, update, error);
    case UPDATE_HTML:
        return lvt_page_update_html(page, STR(text), update, error);
    default:
        return lvt_page_set_data_json(page, STR(text), flags, error);
    }
}

void nothing(vector *v, size_t state, const char *what, lvt_status status, lvt_update *update, lvt_error **error)
{
    if (status != LVT_OK)
        fail_error(v, state, what, error);
    else if (!lvt_update_is_empty(update))
        fail(v, state, what, lvt_update_payload(update));
    lvt_update_free(update);
}

void compare_messages(vector *v, size_t state, const lvt_update *update)
{
    lvt_str payload = lvt_update_payload(update);
    if (lvt_update_is_empty(update) != (payload.len == 0) || lvt_update_bytes(update) != payload.len)
        fail(v, state, "figures of the update", payload);
    lvt_str first = lvt_update_message_at(update, 0);
    if (lvt_update_message_at(update, first.len > 0).len == 0) {
        compare(v, state, "the only message", first, payload);
        return;
    }
    uint8_t *all = allocate(payload.len + 1);
    size_t len = 0;
    for (size_t i = 0;; i++) {
        lvt_str message = lvt_update_message_at(update, i);
        if (message.len == 0 || len + 1 + message.len > payload.len)
            break;
        all[len++] = i == 0 ? '[' : ',';
        memcpy(all + len, message.data, message.len);
        len += message.len;
    }
    all[len++] = ']';
    compare(v, state, "all messages", (lvt_str){ all, len }, payload);
    free(all);
}

void refuse_control(vector *v, size_t state, const lvt_page *page, lvt_str message)
{
    lvt_error *error = NULL;
    lvt_buffer answer = { 0 };
    if (lvt_page_receive(page, STR(message), &answer, &error) != LVT_ERR_INVALID_ARGUMENT)
        fail(v, state, "a control message was taken", message);
    lvt_buffer_free(&answer);
    lvt_error_free(error);
}

static void make_folder(const char *path)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
}

FILE *open_transcript(const vector *v, lvt_str wire)
{
    char path[MAX_PATH];
    const char *const folders[] = { "target", "target/transcripts", "target/transcripts/c" };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, sizeof path, "%s/%s", v->root, folders[i]);
        make_folder(path);
    }
    size_t start = strlen(path) + 1;
    snprintf(path + strlen(path), sizeof path - strlen(path), "/%.*s%s%.*s.bin",
             (int)(strlen(v->relative) - strlen(".txtar")), v->relative, wire.len > 0 ? "." : "", (int)wire.len,
             (const char *)wire.data);
    for (char *c = path + start; *c != '\0'; c++)
        if (*c == '/')
            *c = '-';
    return fopen(path, "wb");
}

void record(vector *v, const char *kind, lvt_str bytes)
{
    fprintf(v->transcript, "%s %zu\n", kind, bytes.len);
    fwrite(bytes.data, 1, bytes.len, v->transcript);
    fputc('\n', v->transcript);
}

void write_stats(const lvt_update *update, char *text, size_t size)
{
    int len = snprintf(text, size, "bytes %zu\nfull_render_bytes %zu\nreduction %u\nslots_evaluated %zu\noutside %zu",
             lvt_update_bytes(update), lvt_update_full_render_bytes(update),
             (unsigned)(lvt_update_reduction(update) * 1e6), lvt_update_slots_evaluated(update),
             lvt_update_outside(update));
    for (size_t i = 0; lvt_update_reason_at(update, i).len > 0 && len > 0 && (size_t)len < size; i++)
        len += snprintf(text + len, size - (size_t)len, "\n%.*s %zu", (int)lvt_update_reason_at(update, i).len,
                        (const char *)lvt_update_reason_at(update, i).data, lvt_update_reason_count(update, i));
    lvt_str strategy = lvt_update_strategy(update);
    if (strategy.len > 0 && len > 0 && (size_t)len < size)
        snprintf(text + len, size - (size_t)len, "\nstrategy %.*s", (int)strategy.len, (const char *)strategy.data);
}

bool record_page(vector *v, size_t state, const lvt_page *page)
{
    lvt_error *error = NULL;
    lvt_buffer html = { 0 };
    if (lvt_page_render(page, &html, &error) != LVT_OK) {
        fail_error(v, state, "render of the page", &error);
        return false;
    }
    record(v, "html", buffer_str(&html));
    lvt_buffer_free(&html);
    return true;
}

// A case of tests/vectors (see the README there), its steps, and the transcript that it leaves.
#ifndef VECTOR_H
#define VECTOR_H

#include "support.h"

enum { MAX_PATH = 4096 };

// One `-- heading --` part of a case; both texts point into the file.
typedef struct {
    lvt_str heading;
    lvt_str content;
} section;

typedef struct {
    const char *path;
    uint8_t *file;
    section *sections;
    size_t count;
    // Files that sections are read from, freed with the case.
    uint8_t **external;
    int32_t flags;
    // Names of the formats in which the case is walked once more.
    lvt_str wires;
    // Where the repository is, and the case's path below tests/vectors.
    const char *root, *relative;
    FILE *transcript;
    // The first thing that went wrong, empty when nothing did.
    char failure[1024];
} vector;

// What leads to the next state.
typedef enum { PATCH, UPDATE, SET_DATA, UPDATE_HTML, NO_STEP } step;

lvt_str slice(lvt_str text, size_t from, size_t to);
bool starts(lvt_str text, const char *prefix);
// Position of `part` in `text`, text.len when it is not there.
size_t find(lvt_str text, const char *part);
// What follows the first space.
lvt_str rest(lvt_str line);
// Takes the next line off `text`.
lvt_str take_line(lvt_str *text);

// Keeps the first thing that went wrong.
void fail(vector *v, size_t state, const char *what, lvt_str detail);
// The same with an error, which is freed.
void fail_error(vector *v, size_t state, const char *what, lvt_error **error);
// Compares bytes and reports the place of the first difference.
void compare(vector *v, size_t state, const char *what, lvt_str got, lvt_str want);
// Compares an error with the fields of an `error N` section and frees it.
void compare_error(vector *v, size_t state, const char *what, lvt_error **error);

bool read_vector(vector *v);
void free_vector(vector *v);
// The section with this heading, NULL when there is none.
const section *section_of(const vector *v, const char *heading);
// The section `want N` or `error N`; NULL when there is none.
const section *expected(const vector *v, const char *kind, size_t state);

step step_of(lvt_str heading);
// Takes a step by its text. There is no update when data is set aside.
lvt_status take_text(const lvt_page *page, step kind, lvt_str text, int32_t flags, lvt_update **update, lvt_error **error);
// Sees that what was given once more has nothing to send. Takes the update.
void nothing(vector *v, size_t state, const char *what, lvt_status status, lvt_update *update, lvt_error **error);
// Sees that the update's messages are its payload, and its figures those of the payload.
void compare_messages(vector *v, size_t state, const lvt_update *update);
// Sees that a control message is refused by a page whose format has none.
void refuse_control(vector *v, size_t state, const lvt_page *page, lvt_str message);

// Opens target/transcripts/c/<area>-<name>.bin for a case, or <area>-<name>.<wire>.bin.
FILE *open_transcript(const vector *v, lvt_str wire);
void record(vector *v, const char *kind, lvt_str bytes);
// Writes the figures of an update as a transcript has them.
void write_stats(const lvt_update *update, char *text, size_t size);
// Records what the page shows, after the messages of the step that led there.
bool record_page(vector *v, size_t state, const lvt_page *page);

// Walks the case in each format that it names, with a transcript for each.
void walk_wires(vector *v, const lvt_application *application, const lvt_template *template, lvt_str first);
// Runs a case of a page whose HTML the host renders.
void run_html(vector *v, const lvt_application *application, lvt_str html);

#endif

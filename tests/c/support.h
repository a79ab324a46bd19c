// What the C tests share: checks, text arguments, files.
#ifndef SUPPORT_H
#define SUPPORT_H

#include <livetemplate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A string literal or C string as the two arguments that the library takes.
#define TEXT(s) (const uint8_t *)(s), strlen(s)
// A borrowed text as two arguments.
#define STR(s) (s).data, (s).len

// Counts a failed check and says where it is.
#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)
// The call succeeds; otherwise its error is printed and counted.
#define OK(call) check_status((call), LVT_OK, &error, #call, __FILE__, __LINE__)
// The call fails with this status, and its error has the same code.
#define FAILS(status, call) check_status((call), (status), &error, #call, __FILE__, __LINE__)

// How many checks failed so far.
extern int failures;

void check(bool condition, const char *text, const char *file, int line);
// Frees *error and sets it to NULL.
void check_status(lvt_status got, lvt_status want, lvt_error **error, const char *text, const char *file, int line);

lvt_str str(const char *text);
bool same(lvt_str a, lvt_str b);
bool contains(lvt_str text, const char *part);
lvt_str buffer_str(const lvt_buffer *buffer);

// Ends the program when there is no memory.
void *allocate(size_t size);
// Reads a whole file; false when that fails. Free `data` with free().
bool read_file(const char *path, uint8_t **data, size_t *len);

// A template from one source, or the end of the program.
lvt_template *template_of(const char *source);
// An application with a known id and key, or the end of the program.
lvt_application *application_of(const char *id);

int run_vectors(const char *root);
void run_null(void);
void run_api(const char *root);
void api_values(void);
void api_pages(void);
void api_wires(void);
void api_cancel(void);
void api_functions(const char *root);
void api_objects(void);
void api_threads(void);

#endif

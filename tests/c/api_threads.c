// Eight threads that render, make pages and update them while functions and objects call back. A deadlock ends the program by
// SIGALRM.
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { THREADS = 8, PAGES = 4, ROUNDS = 5, SECONDS = 300 };

typedef struct {
    lvt_application *application;
    lvt_template *other;
    // How many of them there are; the function of each updates the next one.
    int count;
    _Atomic(lvt_page *) pages[THREADS];
    // Where all threads meet inside their functions; only if `meets`.
    pthread_barrier_t inside;
    bool meets;
    atomic_int refusals, drops;
} ring;

// What one page's function and object know.
typedef struct {
    ring *of;
    int index;
} node;

static lvt_page *own_page(const node *self)
{
    return self->of->pages[self->index];
}

// Asked with true: updates the next page, which asks no further. The result is "updated" or "refused".
static lvt_status next_page(void *data, const lvt_value *const *args, size_t len, lvt_value **result, lvt_error **error)
{
    node *self = data;
    bool ask = false;
    CHECK(lvt_value_as_bool(args[0], &ask, NULL) == LVT_OK);
    lvt_page *next = self->of->pages[(self->index + 1) % self->of->count];
    if (len != 1 || !ask || next == NULL)
        return lvt_value_new_string(TEXT("-"), result, error);
    if (self->of->meets)
        pthread_barrier_wait(&self->of->inside);
    lvt_update *update = NULL;
    lvt_status status = lvt_page_update_json(next, TEXT("{\"Ask\":false}"), 0, &update, error);
    lvt_update_free(update);
    if (status == LVT_OK)
        return lvt_value_new_string(TEXT("updated"), result, error);
    if (status != LVT_ERR_REENTRANT)
        return status;
    lvt_error_free(*error);
    *error = NULL;
    self->of->refusals++;
    return lvt_value_new_string(TEXT("refused"), result, error);
}

// The object's text: it reads the page under update, is refused a change of it, and uses a page of its own.
static lvt_status come_back(void *data, lvt_value **result, lvt_error **returned)
{
    node *self = data;
    lvt_page *page = own_page(self), *other = NULL;
    lvt_error *error = NULL;
    lvt_buffer html = { 0 };
    lvt_update *update = NULL;
    if (page != NULL) {
        OK(lvt_page_render(page, &html, &error));
        lvt_buffer_free(&html);
        FAILS(LVT_ERR_REENTRANT, lvt_page_update_json(page, TEXT("1"), 0, &update, &error));
    }
    OK(lvt_page_new_json(self->of->application, self->of->other, TEXT("1"), 0, NULL, &other, &error));
    OK(lvt_page_update_json(other, TEXT("2"), 0, &update, &error));
    CHECK(contains(lvt_update_payload(update), "2"));
    lvt_update_free(update);
    lvt_page_close(other);
    lvt_page_free(other);
    return lvt_value_new_string(TEXT("<o>"), result, returned);
}

static void dropped(void *data)
{
    ((node *)data)->of->drops++;
}

// {"Ask": ask, "O": the page's object}
static lvt_value *data_of(node *self, bool ask)
{
    lvt_error *error = NULL;
    lvt_object object = { .text = come_back, .user_data = self, .drop = dropped };
    lvt_value *keys[2] = { NULL }, *items[2] = { lvt_value_new_bool(ask), NULL }, *map = NULL;
    OK(lvt_value_new_host(TEXT("test.O"), NULL, &object, &items[1], &error));
    OK(lvt_value_new_string(TEXT("Ask"), &keys[0], &error));
    OK(lvt_value_new_string(TEXT("O"), &keys[1], &error));
    OK(lvt_value_new_map((const lvt_value *const *)keys, (const lvt_value *const *)items, 2, &map, &error));
    for (int i = 0; i < 2; i++) {
        lvt_value_free(keys[i]);
        lvt_value_free(items[i]);
    }
    return map;
}

static void open_ring(ring *self, node nodes[], int count)
{
    lvt_error *error = NULL;
    self->count = count;
    self->application = application_of("threads");
    self->other = template_of("<p>{{.}}</p>");
    lvt_page *pages[THREADS] = { NULL };
    for (int i = 0; i < count; i++) {
        nodes[i] = (node) { self, i };
        lvt_function function = { next_page, &nodes[i], NULL, NULL };
        lvt_template *template = NULL;
        lvt_template_builder *builder = lvt_template_builder_new();
        OK(lvt_template_builder_add_function(builder, TEXT("next"), &function, 1, 1, 0, &error));
        OK(lvt_template_builder_add_source(builder, TEXT("t"), TEXT("<p>{{next .Ask}} {{.O}}</p>"), &error));
        OK(lvt_template_builder_build(builder, &template, &error));
        lvt_template_builder_free(builder);
        OK(lvt_page_new_json(self->application, template, TEXT("{\"Ask\":false}"), 0, NULL, &pages[i], &error));
        lvt_template_free(template);
    }
    for (int i = 0; i < count; i++)
        self->pages[i] = pages[i];
}

static void close_ring(ring *self)
{
    CHECK(lvt_application_page_count(self->application) == (size_t)self->count);
    for (int i = 0; i < self->count; i++)
        lvt_page_free(self->pages[i]);
    lvt_template_free(self->other);
    lvt_application_free(self->application);
}

typedef struct {
    node *nodes;
    int first, rounds;
} work;

static void *update(void *data)
{
    work *self = data;
    for (int i = 0; i < self->rounds; i++) {
        lvt_error *error = NULL;
        node *at = &self->nodes[(self->first + i) % self->nodes->of->count];
        lvt_value *value = data_of(at, true);
        lvt_update *update = NULL;
        OK(lvt_page_update(own_page(at), value, &update, &error));
        lvt_update_free(update);
        lvt_value_free(value);
    }
    return NULL;
}

static void run(node nodes[], int count, int rounds)
{
    pthread_t threads[THREADS];
    work works[THREADS];
    for (int i = 0; i < count; i++) {
        works[i] = (work) { nodes, i, rounds };
        CHECK(pthread_create(&threads[i], NULL, update, &works[i]) == 0);
    }
    for (int i = 0; i < count; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

// All threads are inside a page's function and want the next page: the last to ask is refused, and nobody waits for ever.
static void circle(int count)
{
    ring ring = { .meets = true };
    node nodes[THREADS];
    CHECK(pthread_barrier_init(&ring.inside, NULL, (unsigned)count) == 0);
    open_ring(&ring, nodes, count);
    run(nodes, count, 1);
    CHECK(ring.refusals == 1);
    close_ring(&ring);
    CHECK(ring.drops == count);
    pthread_barrier_destroy(&ring.inside);
}

static void many(void)
{
    ring ring = { 0 };
    node nodes[PAGES];
    open_ring(&ring, nodes, PAGES);
    run(nodes, THREADS, ROUNDS);
    // Nobody is in the way now.
    int refusals = ring.refusals;
    for (int i = 0; i < PAGES; i++) {
        lvt_error *error = NULL;
        lvt_buffer html = { 0 };
        work one = { nodes, i, 1 };
        update(&one);
        OK(lvt_page_render(ring.pages[i], &html, &error));
        CHECK(contains(buffer_str(&html), "<p>updated &lt;o&gt;</p>"));
        lvt_buffer_free(&html);
    }
    CHECK(ring.refusals == refusals);
    close_ring(&ring);
    CHECK(ring.drops == THREADS * ROUNDS + PAGES);
}

void api_threads(void)
{
    alarm(SECONDS);
    circle(2);
    circle(THREADS);
    many();
    alarm(0);
}

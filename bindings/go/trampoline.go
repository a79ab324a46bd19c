package livetemplate

// The way from the engine into Go. C functions stand between, because cgo writes exported functions without const and
// without the types of the header.

/*
#include <livetemplate.h>
#include <stdint.h>

extern lvt_status livetemplateCall(uintptr_t function, lvt_argument *args, size_t args_len, bool complete, lvt_value **result, lvt_error **error);
extern void livetemplateDrop(uintptr_t handle);

static void lvt_go_drop(void *user_data)
{
    livetemplateDrop((uintptr_t)user_data);
}

static lvt_status lvt_go_call(void *user_data, const lvt_argument *args, size_t args_len, bool complete, lvt_value **result, lvt_error **error)
{
    return livetemplateCall((uintptr_t)user_data, (lvt_argument *)args, args_len, complete, result, error);
}

static lvt_status lvt_go_add_function(lvt_template_builder *builder, const uint8_t *name, size_t name_len, uintptr_t handle, size_t min_args, size_t max_args, int32_t flags, lvt_error **error)
{
    lvt_typed_function function = { lvt_go_call, (void *)handle, lvt_go_drop, NULL };
    return lvt_template_builder_add_typed_function(builder, name, name_len, &function, min_args, max_args, flags, error);
}

static lvt_error *lvt_go_error_new(const uint8_t *message, size_t message_len, uintptr_t handle)
{
    return lvt_error_new(message, message_len, (void *)handle, lvt_go_drop);
}

static uintptr_t lvt_go_error_handle(const lvt_error *error)
{
    return (uintptr_t)lvt_error_user_data(error);
}
*/
import "C"

import "runtime/cgo"

// addFunction registers f with a builder, which takes a handle to it over.
func addFunction(builder *C.lvt_template_builder, name string, f hostFunction, e **C.lvt_error) C.lvt_status {
	p, n := stringBytes(name)
	most := ^C.size_t(0)
	if f.max >= 0 {
		most = C.size_t(f.max)
	}
	handle := C.uintptr_t(cgo.NewHandle(f.body))
	return C.lvt_go_add_function(builder, p, n, handle, C.size_t(f.min), most, f.flags, e)
}

// newHostError makes the engine's form of an error of the host's, which carries it.
func newHostError(err error) *C.lvt_error {
	p, n := stringBytes(err.Error())
	return C.lvt_go_error_new(p, n, C.uintptr_t(cgo.NewHandle(err)))
}

// hostError gives the host's error that is why a call failed, or nil.
func hostError(e *C.lvt_error) error {
	if handle := C.lvt_go_error_handle(e); handle != 0 {
		err, _ := cgo.Handle(handle).Value().(error)
		return err
	}
	return nil
}

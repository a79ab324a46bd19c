package livetemplate

// The way from the engine into Go. C functions stand between, because cgo writes exported functions without const and
// without the types of the header.

/*
#include <livetemplate.h>
#include <stdint.h>

extern lvt_status livetemplateCall(uintptr_t function, lvt_argument *args, size_t args_len, bool complete, lvt_value **result, lvt_error **error);
extern lvt_status livetemplateMember(uintptr_t object, uint8_t *name, size_t name_len, bool *is_method, lvt_value **result, lvt_error **error);
extern lvt_status livetemplateIndex(uintptr_t object, lvt_value *key, lvt_value **result, lvt_error **error);
extern lvt_status livetemplateLength(uintptr_t object, size_t *length, lvt_error **error);
extern lvt_status livetemplateIterate(uintptr_t object, int32_t *kind, uintptr_t *iterator, lvt_error **error);
extern lvt_status livetemplateNext(uintptr_t iterator, lvt_value **key, lvt_value **item, lvt_error **error);
extern void livetemplateEnd(uintptr_t iterator);
extern lvt_status livetemplateTruth(uintptr_t object, int32_t *truth, lvt_error **error);
extern lvt_status livetemplateText(uintptr_t object, lvt_value **result, lvt_error **error);
extern lvt_status livetemplateJSON(uintptr_t object, bool whole, lvt_value **result, lvt_error **error);
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

static lvt_status lvt_go_value_new_function(const uint8_t *type_name, size_t type_name_len, uintptr_t handle, size_t min_args, size_t max_args, int32_t flags, lvt_value **value, lvt_error **error)
{
    lvt_typed_function function = { lvt_go_call, (void *)handle, lvt_go_drop, NULL };
    return lvt_value_new_typed_function(type_name, type_name_len, &function, min_args, max_args, flags, value, error);
}

static lvt_status lvt_go_member(void *object, const uint8_t *name, size_t name_len, bool *is_method, lvt_value **result, lvt_error **error)
{
    return livetemplateMember((uintptr_t)object, (uint8_t *)name, name_len, is_method, result, error);
}

static lvt_status lvt_go_index(void *object, const lvt_value *key, lvt_value **result, lvt_error **error)
{
    return livetemplateIndex((uintptr_t)object, (lvt_value *)key, result, error);
}

static lvt_status lvt_go_length(void *object, size_t *length, lvt_error **error)
{
    return livetemplateLength((uintptr_t)object, length, error);
}

static lvt_status lvt_go_iterate(void *object, int32_t *kind, void **iterator, lvt_error **error)
{
    uintptr_t handle = 0;
    lvt_status status = livetemplateIterate((uintptr_t)object, kind, &handle, error);
    *iterator = (void *)handle;
    return status;
}

static lvt_status lvt_go_next(void *iterator, lvt_value **key, lvt_value **item, lvt_error **error)
{
    return livetemplateNext((uintptr_t)iterator, key, item, error);
}

static void lvt_go_end(void *iterator)
{
    livetemplateEnd((uintptr_t)iterator);
}

static lvt_status lvt_go_truth(void *object, int32_t *truth, lvt_error **error)
{
    return livetemplateTruth((uintptr_t)object, truth, error);
}

static lvt_status lvt_go_text(void *object, lvt_value **result, lvt_error **error)
{
    return livetemplateText((uintptr_t)object, result, error);
}

static lvt_status lvt_go_json(void *object, bool whole, lvt_value **result, lvt_error **error)
{
    return livetemplateJSON((uintptr_t)object, whole, result, error);
}

enum { ASK_MEMBER = 1, ASK_INDEX = 2, ASK_LENGTH = 4, ASK_ITERATE = 8, ASK_TRUTH = 16, ASK_TEXT = 32, ASK_JSON = 64 };

static lvt_status lvt_go_value_new_host(const uint8_t *type_name, size_t type_name_len, const lvt_value *data, uintptr_t handle, int32_t asks, lvt_value **value, lvt_error **error)
{
    lvt_object object = {
        .member = asks & ASK_MEMBER ? lvt_go_member : NULL,
        .index = asks & ASK_INDEX ? lvt_go_index : NULL,
        .length = asks & ASK_LENGTH ? lvt_go_length : NULL,
        .iterate = asks & ASK_ITERATE ? lvt_go_iterate : NULL,
        .next = asks & ASK_ITERATE ? lvt_go_next : NULL,
        .end = lvt_go_end,
        .truth = asks & ASK_TRUTH ? lvt_go_truth : NULL,
        .text = asks & ASK_TEXT ? lvt_go_text : NULL,
        .json = asks & ASK_JSON ? lvt_go_json : NULL,
        .user_data = (void *)handle,
        .drop = lvt_go_drop,
    };
    return lvt_value_new_host(type_name, type_name_len, data, &object, value, error);
}

static uintptr_t lvt_go_value_handle(const lvt_value *value)
{
    return (uintptr_t)lvt_value_user_data(value);
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

// newFunctionValue makes a value that templates call.
func newFunctionValue(typeName string, f *hostFunction) (*C.lvt_value, *dataError) {
	p, n := stringBytes(typeName)
	most := ^C.size_t(0)
	if f.max >= 0 {
		most = C.size_t(f.max)
	}
	var value *C.lvt_value
	var e *C.lvt_error
	handle := C.uintptr_t(cgo.NewHandle(f.body))
	status := C.lvt_go_value_new_function(p, n, handle, C.size_t(f.min), most, f.flags, &value, &e)
	return value, fromC(status, e)
}

// What the engine asks of an object.
const (
	askMember  = C.ASK_MEMBER
	askIndex   = C.ASK_INDEX
	askLength  = C.ASK_LENGTH
	askIterate = C.ASK_ITERATE
	askTruth   = C.ASK_TRUTH
	askText    = C.ASK_TEXT
	askJSON    = C.ASK_JSON
)

// newHost makes a value of an object and the data under it, which may be nil.
func newHost(typeName string, data *C.lvt_value, o *object, asks C.int32_t) (*C.lvt_value, *dataError) {
	p, n := stringBytes(typeName)
	var value *C.lvt_value
	var e *C.lvt_error
	status := C.lvt_go_value_new_host(p, n, data, C.uintptr_t(cgo.NewHandle(o)), asks, &value, &e)
	return value, fromC(status, e)
}

// objectOf gives the object that a value was made of, or nil.
func objectOf(v *C.lvt_value) *object {
	if handle := C.lvt_go_value_handle(v); handle != 0 {
		o, _ := cgo.Handle(handle).Value().(*object)
		return o
	}
	return nil
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

package livetemplate

// #include <livetemplate.h>
import "C"

import "runtime"

// Update is what an update or a patch did, and the message that tells the browser.
type Update struct {
	handle  *C.lvt_update
	payload []byte
	stats   Stats
}

// Stats are figures of one update.
type Stats struct {
	// Bytes is the length of the payload.
	Bytes int
	// FullRenderBytes is the length of the page's full HTML after the update.
	FullRenderBytes int
	// Reduction is the share of the full render that was saved, from 0 to 1.
	Reduction float64
	// SlotsEvaluated counts the slots, conditions, ranges and calls that were evaluated.
	SlotsEvaluated int
	// Outside counts changed slots that no update can reach: title, head, attributes of body.
	Outside int
	// Reasons tells why parts of the page were sent that had not changed, or evaluated although nothing changed that they read,
	// each with how often that came up: "cost" (all items of a list were sent, which takes less), "lost" (the whole page was
	// sent, because what it had shown could not be found again), "volatile" (a place calls a volatile function), "assigned" (it
	// assigns a variable or reads one that is assigned), "ends" (items of a range decide on others by break or continue),
	// "objects" (there are values in the page's data that are asked while a template executes). It is nil when there are none.
	// [Template.Dependencies] says which places every update evaluates.
	Reasons map[string]int
}

func newUpdate(handle *C.lvt_update) *Update {
	update := &Update{
		handle:  handle,
		payload: borrowed(C.lvt_update_payload(handle)),
		stats: Stats{
			Bytes:           int(C.lvt_update_bytes(handle)),
			FullRenderBytes: int(C.lvt_update_full_render_bytes(handle)),
			Reduction:       float64(C.lvt_update_reduction(handle)),
			SlotsEvaluated:  int(C.lvt_update_slots_evaluated(handle)),
			Outside:         int(C.lvt_update_outside(handle)),
			Reasons:         reasons(handle),
		},
	}
	runtime.AddCleanup(update, func(h *C.lvt_update) { C.lvt_update_free(h) }, handle)
	return update
}

func reasons(handle *C.lvt_update) map[string]int {
	var reasons map[string]int
	for i := C.size_t(0); ; i++ {
		name := borrowedString(C.lvt_update_reason_at(handle, i))
		if name == "" {
			return reasons
		}
		if reasons == nil {
			reasons = map[string]int{}
		}
		reasons[name] = int(C.lvt_update_reason_count(handle, i))
	}
}

// IsEmpty says that the browser needs nothing.
func (u *Update) IsEmpty() bool { return len(u.payload) == 0 }

// Payload is the push to the browser, in the page's wire format; no bytes when the update is empty.
func (u *Update) Payload() []byte { return u.payload }

// Reply is the answer to the browser that acted: the payload with "meta", also when nothing changed. Without errors it
// says success.
func (u *Update) Reply(action string, errors ...FieldError) ([]byte, error) {
	var message C.lvt_buffer
	var e *C.lvt_error
	a, n := stringBytes(action)
	status := withFieldErrors(errors, func(errors *C.lvt_field_error, count C.size_t) C.lvt_status {
		return C.lvt_update_reply(u.handle, a, n, errors, count, &message, &e)
	})
	runtime.KeepAlive(u)
	if err := failed(status, e); err != nil {
		return nil, err
	}
	return taken(&message), nil
}

// Stats tells what the update cost.
func (u *Update) Stats() Stats { return u.stats }

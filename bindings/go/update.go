package livetemplate

// #include <livetemplate.h>
import "C"

import (
	"encoding/json"
	"runtime"
)

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
	// "objects" (there are values in the page's data that are asked while a template executes). A fragment was sent as a whole:
	// "unsupported" (new values cannot be put into a construct in it), "values" and "all_values" (it, or the message, would have more
	// of them than it may), "replaced" (more fragments in it would have been sent than may be in one message). It is nil when there
	// are none. [Template.Dependencies] says which places every update evaluates.
	Reasons map[string]int
	// Strategy is, in the format "fragments", the one that sends most of those that were taken. It is empty when the update is, and
	// in other formats.
	Strategy Strategy
}

// Strategy is how a fragment is sent in the format "fragments".
type Strategy string

const (
	// StrategyStaticDynamic: only texts changed; the literal text once, then the values alone.
	StrategyStaticDynamic Strategy = "static_dynamic"
	// StrategyMarkers: attributes changed; new values at their positions.
	StrategyMarkers Strategy = "markers"
	// StrategyGranular: rows came or went; operations on them.
	StrategyGranular Strategy = "granular"
	// StrategyReplacement: anything else; the whole fragment.
	StrategyReplacement Strategy = "replacement"
)

// Fragment is what a payload in the format "fragments" says of a fragment.
type Fragment struct {
	// ID is the value of its data-fragment-id.
	ID string `json:"id"`
	// Strategy is how it is sent.
	Strategy Strategy `json:"strategy"`
	// Action is "update", "insert", "remove" or "replace".
	Action string `json:"action"`
	// Data is what the client needs for it, a JSON object.
	Data json.RawMessage `json:"data"`
	// Reason says why it is this strategy.
	Reason string `json:"reason"`
	// ExpectedReduction is the share of the page's full render that the strategy is expected to save at least, from 0 to 1.
	ExpectedReduction float64 `json:"expected_reduction"`
	// Reduction is the share of the page's full render that was saved, from 0 to 1.
	Reduction float64 `json:"reduction"`
}

// HTMLChange is one thing that changed in the live region of a page whose HTML is compared.
type HTMLChange struct {
	// Kind says what happened.
	Kind HTMLChangeKind `json:"kind"`
	// Element is the name of the element that it happened to, or in whose content or attributes; empty where it is not known.
	Element string `json:"element"`
	// Key is that of the list's item that it is or stands in, if the item has one.
	Key string `json:"key"`
}

// HTMLChangeKind is what happened to an element.
type HTMLChangeKind string

const (
	// HTMLText: a text in it is another.
	HTMLText HTMLChangeKind = "text"
	// HTMLAttribute: an attribute is another, came or went.
	HTMLAttribute HTMLChangeKind = "attribute"
	// HTMLAdded: it came.
	HTMLAdded HTMLChangeKind = "added"
	// HTMLRemoved: it went.
	HTMLRemoved HTMLChangeKind = "removed"
	// HTMLChanged: elements in it are others.
	HTMLChanged HTMLChangeKind = "changed"
	// HTMLMoved: it stands elsewhere among its siblings.
	HTMLMoved HTMLChangeKind = "moved"
)

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
			Strategy:        Strategy(borrowedString(C.lvt_update_strategy(handle))),
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

// Payload is the push to the browser, in the page's wire format; no bytes when the update is empty. In patches a long update is
// several messages: the payload is then a JSON array of them.
func (u *Update) Payload() []byte { return u.payload }

// Messages are those of the payload one by one, for a transport that limits their length: in patches none is over 256 KiB. They must
// be sent in their order. In the other formats there is one at most.
func (u *Update) Messages() [][]byte {
	var messages [][]byte
	for i := C.size_t(0); ; i++ {
		message := borrowed(C.lvt_update_message_at(u.handle, i))
		if len(message) == 0 {
			runtime.KeepAlive(u)
			return messages
		}
		messages = append(messages, message)
	}
}

// Fragments are what the payload says of each fragment, in its order: in the format "fragments", in others nothing.
func (u *Update) Fragments() ([]Fragment, error) {
	var text C.lvt_buffer
	var e *C.lvt_error
	return reported[Fragment](u, C.lvt_update_fragments(u.handle, &text, &e), &text, e)
}

// Changes are what changed in the live region, in the order of the page, for a page whose HTML is compared: one that its host
// renders, or with a template in upon's syntax ([Template.Upon]). Of other pages there are none.
func (u *Update) Changes() ([]HTMLChange, error) {
	var text C.lvt_buffer
	var e *C.lvt_error
	return reported[HTMLChange](u, C.lvt_update_changes(u.handle, &text, &e), &text, e)
}

// reported reads a list that the engine gives as JSON text.
func reported[T any](u *Update, status C.lvt_status, text *C.lvt_buffer, e *C.lvt_error) ([]T, error) {
	runtime.KeepAlive(u)
	if err := failed(status, e); err != nil {
		return nil, err
	}
	var list []T
	if err := json.Unmarshal(taken(text), &list); err != nil {
		return nil, newError(CodeInternal, "report of an update: %v", err)
	}
	return list, nil
}

// HTMLPattern says what kind of update Changes make together: "nothing", "text", "simple" (a few attributes and elements) or
// "rewrite".
func (u *Update) HTMLPattern() string {
	defer runtime.KeepAlive(u)
	return borrowedString(C.lvt_update_html_pattern(u.handle))
}

// Reply is the answer to the browser that acted. Without errors it says success. In tree it is the payload with "meta", also when
// nothing changed; in turbo and htmx the payload alone; in the others a control message with the payload in it.
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

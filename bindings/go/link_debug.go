//go:build livetemplate_debug && !livetemplate_pkgconfig

package livetemplate

// The static library that `cargo build -p livetemplate-ffi` puts into target/debug.

// #cgo CFLAGS: -I${SRCDIR}/../../include
// #cgo LDFLAGS: ${SRCDIR}/../../target/debug/liblivetemplate.a -lgcc_s -lutil -lrt -lpthread -lm -ldl
import "C"

//go:build !livetemplate_debug && !livetemplate_pkgconfig

package livetemplate

// The static library that `cargo build --release -p livetemplate-ffi` puts into target/release.

// #cgo CFLAGS: -I${SRCDIR}/../../include
// #cgo LDFLAGS: ${SRCDIR}/../../target/release/liblivetemplate.a -lgcc_s -lutil -lrt -lpthread -lm -ldl
import "C"

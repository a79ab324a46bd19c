//go:build livetemplate_pkgconfig

package livetemplate

// An installed library (`make install PREFIX=…`), found by PKG_CONFIG_PATH.

// #cgo pkg-config: livetemplate
import "C"

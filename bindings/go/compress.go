package livetemplate

// #include <livetemplate.h>
import "C"

// Compress gives a message compressed with gzip, where it is longer than threshold bytes and gets shorter by that; else nil, and it
// is sent as it is. Our own client takes compressed messages of a WebSocket in binary frames. A transport that compresses by itself
// (permessage-deflate, Content-Encoding) needs none of this.
func Compress(message []byte, threshold int) []byte {
	var compressed C.lvt_buffer
	m, n := sliceBytes(message)
	status := C.lvt_compress(m, n, C.size_t(max(threshold, 0)), &compressed, nil)
	if status != C.LVT_OK || compressed.len == 0 {
		return nil
	}
	return taken(&compressed)
}

#!/bin/sh
# Installs the C library: livetemplate-ffi/install.sh PREFIX (default /usr/local; DESTDIR is put in front of it).
# The libraries are taken from $LIBRARIES (default: cargo's release folder), where `cargo build --release -p livetemplate-ffi`
# leaves them.
set -eu
cd "$(dirname "$0")/.."
prefix=${1:-/usr/local}
libraries=${LIBRARIES:-${CARGO_TARGET_DIR:-target}/release}
root=${DESTDIR:-}$prefix
abi=$(sed -n 's/^#define LVT_ABI_VERSION \([0-9]*\)$/\1/p' include/livetemplate.h)
version=$(sed -n 's/^#define LVT_VERSION_[A-Z]* \([0-9]*\)$/\1/p' include/livetemplate.h | paste -sd.)

install -d "$root/include" "$root/lib/pkgconfig"
install -m 644 include/livetemplate.h "$root/include/"
install -m 644 "$libraries/liblivetemplate.a" "$root/lib/"
install -m 755 "$libraries/liblivetemplate.so" "$root/lib/liblivetemplate.so.$version"
ln -sf "liblivetemplate.so.$version" "$root/lib/liblivetemplate.so.$abi"
ln -sf "liblivetemplate.so.$abi" "$root/lib/liblivetemplate.so"
cat > "$root/lib/pkgconfig/livetemplate.pc" <<END
prefix=$prefix
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: livetemplate
Description: Live HTML from Go html/template templates
Version: $version
Cflags: -I\${includedir}
Libs: -L\${libdir} -llivetemplate
Libs.private: -lgcc_s -lutil -lrt -lpthread -lm -ldl
END
echo "installed livetemplate $version in $root"

#!/bin/sh
# Runs the C tests: plain, under valgrind and under AddressSanitizer, and the checks of header, symbols and installation.
#   tests/c/run.sh            everything
#   tests/c/run.sh PART...    some of: header plain symbols valgrind asan install
set -eu
cd "$(dirname "$0")/../.."
mkdir -p "${CARGO_TARGET_DIR:=target}"
target=$(cd "$CARGO_TARGET_DIR" && pwd)
debug=$target/debug
work=$target/c-tests
cc=${CC:-cc}
warnings="-std=c11 -Wall -Wextra -Werror"
# What the static library needs, as cargo prints it with `--print native-static-libs`.
libraries="-lgcc_s -lutil -lrt -lpthread -lm -ldl"
mkdir -p "$work"

sources=""
for source in support vector_case vector_steps vector_wires vectors null api api_values api_pages api_wires api_functions api_objects api_threads api_cancel main; do
    sources="$sources tests/c/$source.c"
done

# The header alone compiles as C and as C++, and twice in one file.
header() {
    printf '#include "livetemplate.h"\n#include "livetemplate.h"\n' > "$work/alone.c"
    cp "$work/alone.c" "$work/alone.cc"
    $cc $warnings -pedantic -fsyntax-only -Iinclude "$work/alone.c"
    ${CXX:-c++} -Wall -Wextra -Werror -pedantic -fsyntax-only -Iinclude "$work/alone.cc"
    echo "header: compiles alone as C and C++"
}

plain() {
    "$debug/c-tests" null > "$work/called"
    "$debug/c-tests" api
    "$debug/c-tests" vectors
    "$work/dashboard"
}

# The header, the shared library and the calls with NULL name the same functions.
symbols() {
    "$debug/c-tests" null | sort -u > "$work/called"
    grep -oE '\blvt_[a-z0-9_]+\(' include/livetemplate.h | tr -d '(' | sort -u > "$work/declared"
    nm -D --defined-only "$debug/liblivetemplate.so" | awk '{ print $3 }' | sort -u > "$work/exported"
    diff "$work/declared" "$work/exported"
    diff "$work/declared" "$work/called"
    readelf -d "$debug/liblivetemplate.so" | grep -q "SONAME.*liblivetemplate.so.$(abi)\]"
    echo "symbols: $(wc -l < "$work/declared") functions, in header and library alike, each called with NULL"
}

abi() {
    sed -n 's/^#define LVT_ABI_VERSION \([0-9]*\)$/\1/p' include/livetemplate.h
}

memory_checked() {
    valgrind --quiet --error-exitcode=1 --leak-check=full --errors-for-leak-kinds=definite,indirect,possible "$@"
}

under_valgrind() {
    memory_checked "$debug/c-tests" null > "$work/called"
    memory_checked "$debug/c-tests" api
    memory_checked "$debug/c-tests" vectors
    memory_checked "$work/dashboard" > "$work/dashboard.out"
    echo "valgrind: no error, no leak"
}

asan() {
    flags="$warnings -g -fsanitize=address -fno-omit-frame-pointer -Iinclude"
    $cc $flags -DWITH_MAIN $sources "$debug/liblivetemplate.a" $libraries -o "$work/c-tests-asan"
    $cc $flags tests/c/dashboard.c "$debug/liblivetemplate.a" $libraries -o "$work/dashboard-asan"
    nm "$work/c-tests-asan" | grep -q __asan_init
    "$work/c-tests-asan" null > "$work/called"
    "$work/c-tests-asan" api
    "$work/c-tests-asan" vectors
    "$work/dashboard-asan" > "$work/dashboard.out"
    echo "asan: no error, no leak"
}

# What is installed is what a C programmer finds: by pkg-config, shared and static.
installed() {
    prefix=$work/prefix
    rm -rf "$prefix"
    LIBRARIES=$debug livetemplate-ffi/install.sh "$prefix" > /dev/null
    export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
    test "$(pkg-config --modversion livetemplate)" = "$("$debug/c-tests" version)"
    $cc $warnings tests/c/dashboard.c $(pkg-config --cflags --libs livetemplate) -o "$work/dashboard-shared"
    LD_LIBRARY_PATH="$prefix/lib" "$work/dashboard-shared" > "$work/dashboard.out"
    readelf -d "$work/dashboard-shared" | grep -q "NEEDED.*liblivetemplate.so.$(abi)\]"
    $cc $warnings tests/c/dashboard.c $(pkg-config --cflags livetemplate) "$prefix/lib/liblivetemplate.a" \
        $(pkg-config --static --libs-only-l livetemplate | sed 's/-llivetemplate//') -o "$work/dashboard-static"
    "$work/dashboard-static" > "$work/dashboard.static.out"
    diff "$work/dashboard.out" "$work/dashboard.static.out"
    echo "install: shared and static through pkg-config"
}

cargo build -q -p livetemplate-ffi -p c-tests
$cc $warnings -g -Iinclude tests/c/dashboard.c "$debug/liblivetemplate.a" $libraries -o "$work/dashboard"
[ $# -gt 0 ] || set -- header plain symbols valgrind asan install
for part; do
    case $part in
    header | plain | symbols | asan) $part ;;
    valgrind) under_valgrind ;;
    install) installed ;;
    *) echo "unknown part: $part" >&2; exit 2 ;;
    esac
done

//! Compiles the C tests with warnings as errors; one archive, linked against the Rust library.

fn main() {
    let sources = [
        "support.c",
        "vector_case.c",
        "vector_steps.c",
        "vector_wires.c",
        "vectors.c",
        "null.c",
        "api.c",
        "api_values.c",
        "api_pages.c",
        "api_wires.c",
        "api_functions.c",
        "api_objects.c",
        "api_threads.c",
        "api_cancel.c",
        "main.c",
    ];
    let mut build = cc::Build::new();
    build.include("../../include").std("c11").warnings(true).extra_warnings(true).flag("-Werror");
    for source in sources {
        build.file(source);
        println!("cargo::rerun-if-changed={source}");
    }
    println!("cargo::rerun-if-changed=support.h");
    println!("cargo::rerun-if-changed=vector.h");
    println!("cargo::rerun-if-changed=../../include/livetemplate.h");
    build.compile("c_tests");
}

// The entry of the C tests: c-tests vectors|null|api|version [ROOT], where ROOT is the repository (default: the current folder).
#include "support.h"

int c_tests_main(int argc, const char *const *argv);

int c_tests_main(int argc, const char *const *argv)
{
    const char *command = argc > 1 ? argv[1] : "";
    const char *root = argc > 2 ? argv[2] : ".";
    if (strcmp(command, "vectors") == 0)
        return run_vectors(root);
    if (strcmp(command, "version") == 0) {
        puts(lvt_version());
        return 0;
    }
    if (strcmp(command, "null") == 0)
        run_null();
    else if (strcmp(command, "api") == 0)
        run_api(root);
    else {
        fprintf(stderr, "usage: c-tests vectors|null|api|version [ROOT]\n");
        return 2;
    }
    if (failures > 0)
        fprintf(stderr, "%s: %d checks failed\n", command, failures);
    return failures > 0;
}

#ifdef WITH_MAIN
int main(int argc, char **argv)
{
    return c_tests_main(argc, (const char *const *)argv);
}
#endif

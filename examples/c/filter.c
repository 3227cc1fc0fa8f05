/*
 * Runs a program that must not see AWS identifiers: `filter command [argument …]`.
 *
 * What comes in on stdin is masked and given to the command; what the command prints is restored while it prints and
 * goes to stdout. The command sees AWS_EC2_001 where you see i-0abc…; the names never leave this process.
 *
 *     cc filter.c $(pkg-config --cflags --libs aws_masker) -o filter
 *     ./filter ssh model-host llm <question.txt
 */
#include <aws_masker.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends the program if a call of the library has failed. Its details never hold a name. */
static void check(AwsMaskerStatus status, AwsMaskerError *error) {
    if (status == AWS_MASKER_STATUS_OK) {
        return;
    }
    AwsMaskerSlice details = aws_masker_error_details(error);
    fprintf(stderr, "filter: AWS_MASKER_%04u: %.*s\n", (unsigned)status, (int)details.len, (const char *)details.data);
    aws_masker_error_free(error);
    exit(1);
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

/* Reads a stream to its end. The caller frees the bytes. */
static uint8_t *read_all(FILE *from, size_t *len) {
    size_t room = 1 << 16;
    uint8_t *bytes = malloc(room);
    *len = 0;
    while (bytes != NULL) {
        size_t got = fread(bytes + *len, 1, room - *len, from);
        *len += got;
        if (got == 0) {
            return bytes;
        }
        if (*len == room) {
            room *= 2;
            bytes = realloc(bytes, room);
        }
    }
    fail("filter: memory");
    return NULL;
}

/* Starts the command. `in` is where it reads from, `*out` becomes what it prints. */
static pid_t start(char **command, int in, int *out) {
    int printed[2];
    if (pipe(printed) != 0) {
        fail("filter: pipe");
    }
    pid_t child = fork();
    if (child < 0) {
        fail("filter: fork");
    }
    if (child == 0) {
        dup2(in, STDIN_FILENO);
        dup2(printed[1], STDOUT_FILENO);
        close(in);
        close(printed[0]);
        close(printed[1]);
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    close(printed[1]);
    *out = printed[0];
    return child;
}

/* Writes the masked text to the command from a process of its own: the command may print before it has read all. */
static pid_t feed(AwsMaskerBuffer text, int to) {
    pid_t child = fork();
    if (child < 0) {
        fail("filter: fork");
    }
    if (child == 0) {
        while (text.len > 0) {
            ssize_t written = write(to, text.data, text.len);
            if (written < 0) {
                _exit(0); /* the command does not want more */
            }
            text.data += written;
            text.len -= (size_t)written;
        }
        _exit(0);
    }
    close(to);
    return child;
}

static void put(AwsMaskerBuffer *restored) {
    if (restored->len > 0) {
        fwrite(restored->data, 1, restored->len, stdout);
        fflush(stdout);
    }
    aws_masker_buffer_free(restored);
}

/* Restores what arrives, cut anywhere, as it arrives. */
static void restore(AwsMaskerUnmasker *unmasker, int from) {
    AwsMaskerError *error = NULL;
    AwsMaskerBuffer restored;
    uint8_t chunk[1 << 16];
    for (ssize_t got; (got = read(from, chunk, sizeof chunk)) > 0;) {
        check(aws_masker_unmasker_push(unmasker, chunk, (size_t)got, &restored, &error), error);
        put(&restored);
    }
    check(aws_masker_unmasker_finish(unmasker, &restored, &error), error);
    put(&restored);
}

int main(int argc, char **argv) {
    static const char config[] = "{\"use_redis\":false}";
    AwsMaskerError *error = NULL;
    AwsMasker *masker = NULL;
    AwsMaskerUnmasker *unmasker = NULL;
    AwsMaskerBuffer masked, mapping;
    size_t len;
    int to_command[2], from_command, status = 0;

    if (argc < 2) {
        fprintf(stderr, "usage: filter command [argument …]\n");
        return 2;
    }
    if (aws_masker_abi_version() != AWS_MASKER_ABI_VERSION) {
        fprintf(stderr, "filter: the library has another interface than the header\n");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    check(aws_masker_new((const uint8_t *)config, strlen(config), &masker, &error), error);
    uint8_t *text = read_all(stdin, &len);
    check(aws_masker_mask(masker, NULL, 0, text, len, &masked, &mapping, NULL, &error), error);
    check(aws_masker_unmasker_new(masker, NULL, 0, mapping.data, mapping.len, &unmasker, &error), error);

    if (pipe(to_command) != 0) {
        fail("filter: pipe");
    }
    AwsMaskerBuffer unchanged = {text, len, 0}; /* where nothing was found there is no masked text */
    pid_t feeder = feed(masked.data != NULL ? masked : unchanged, to_command[1]);
    pid_t command = start(argv + 1, to_command[0], &from_command);
    close(to_command[0]);
    restore(unmasker, from_command);
    close(from_command);
    waitpid(command, &status, 0);
    waitpid(feeder, NULL, 0);

    aws_masker_unmasker_free(unmasker);
    aws_masker_buffer_free(&mapping);
    aws_masker_buffer_free(&masked);
    aws_masker_free(masker);
    free(text);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/*
 * Hyperscan on the bodies of benches/detect.rs: how fast its block mode reads them with loose patterns, whose matches nobody
 * verifies and whose starts nobody asks for. That is the least a masker on Hyperscan would have to do.
 *
 *     hyperscan BODY...        prints one line per file: its name, MB/s (median of 51 runs), matches
 */
#include <hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RUNS 51
#define SECONDS_PER_RUN 0.02

static const char *PATTERNS[] = {
    "[^a-z0-9]i-[0-9a-f]{8}", "ami-[0-9a-f]{8}", "ak?[ir]i-[0-9a-f]{8}", "vol-[0-9a-f]{8}", "snap-[0-9a-f]{8}",
    "sgr?-[0-9a-f]{8}", "subnet-[0-9a-f]{8}", "vpc-[0-9a-f]{8}", "vpce-[0-9a-f]{8}", "vpce-svc-[0-9a-f]{8}",
    "e?igw-[0-9a-f]{8}", "nat-[0-9a-f]{8}", "rtb-[0-9a-f]{8}", "rtbassoc-[0-9a-f]{8}", "acl-[0-9a-f]{8}",
    "aclassoc-[0-9a-f]{8}", "eni-[0-9a-f]{8}", "eni-attach-[0-9a-f]{8}", "eipalloc-[0-9a-f]{8}", "eipassoc-[0-9a-f]{8}",
    "pcx-[0-9a-f]{8}", "vgw-[0-9a-f]{8}", "cgw-[0-9a-f]{8}", "vpn-[0-9a-f]{8}", "tgw-[0-9a-f]{8}",
    "tgw-attach-[0-9a-f]{8}", "tgw-rtb-[0-9a-f]{8}", "lt-[0-9a-f]{8}", "dopt-[0-9a-f]{8}", "fsap-[0-9a-f]{8}",
    "fs(mt)?-[0-9a-f]{8}", "key-[0-9a-f]{8}", "arn:aws[a-z-]*:", "[0-9]{12}", "A[KS]IA[A-Z0-9]{16}", "A[A-Z]{3}[A-Z0-9]{17}",
    "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}", "[0-9a-f]{1,4}:[0-9a-f:]{2,}", "\\.amazonaws\\.com",
    "\\.cloudfront\\.net", "\\.elasticbeanstalk\\.com", "\\.awsapprunner\\.com", "\\.on\\.aws", "s3a?://", "o-[a-z0-9]{10}",
    "Z[A-Z0-9]{12}", "E[A-Z0-9]{12}",
};
#define COUNT (sizeof PATTERNS / sizeof PATTERNS[0])

static int matched(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *count) {
    (void)id, (void)from, (void)to, (void)flags;
    ++*(unsigned long *)count;
    return 0;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END)) return NULL;
    *length = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*length);
    if (bytes && fread(bytes, 1, *length, file) != *length) bytes = NULL;
    fclose(file);
    return bytes;
}

int main(int argc, char **argv) {
    unsigned ids[COUNT], flags[COUNT];
    for (unsigned i = 0; i < COUNT; i++) ids[i] = i, flags[i] = 0;
    hs_database_t *database;
    hs_compile_error_t *error;
    hs_scratch_t *scratch = NULL;
    if (hs_compile_multi(PATTERNS, flags, ids, COUNT, HS_MODE_BLOCK, NULL, &database, &error) != HS_SUCCESS) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS) return 1;
    for (int arg = 1; arg < argc; arg++) {
        size_t length;
        char *body = read_file(argv[arg], &length);
        if (!body) {
            perror(argv[arg]);
            return 1;
        }
        double speeds[RUNS];
        unsigned long matches = 0;
        for (int run = 0; run < RUNS; run++) {
            double start = now(), spent = 0;
            unsigned long scans = 0;
            for (; spent < SECONDS_PER_RUN; scans++, spent = now() - start) {
                matches = 0;
                if (hs_scan(database, body, (unsigned)length, 0, scratch, matched, &matches) != HS_SUCCESS) return 1;
            }
            speeds[run] = (double)length * (double)scans / spent / 1e6;
        }
        qsort(speeds, RUNS, sizeof speeds[0], ascending);
        printf("hyperscan %s: %.0f MB/s, %lu matches\n", argv[arg], speeds[RUNS / 2], matches);
        free(body);
    }
    hs_free_scratch(scratch);
    hs_free_database(database);
    return 0;
}

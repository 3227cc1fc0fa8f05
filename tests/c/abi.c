/*
 * Uses every function of include/aws_masker.h, the way a program in C would, and the ways it must not.
 * Compiled with -Wall -Wextra -Werror -Wpedantic; run under valgrind, where it must leave nothing behind.
 */
#include "aws_masker.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Atomic int checks;

#define CHECK(condition)                                                       \
    do {                                                                       \
        checks++;                                                              \
        if (!(condition)) {                                                    \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                           \
        }                                                                      \
    } while (0)

#define BYTES(text) ((const uint8_t *)(text)), strlen(text)
#define INSTANCE "i-0abc1234def567890"

static int is(AwsMaskerBuffer buffer, const char *text) {
    return buffer.len == strlen(text) && memcmp(buffer.data, text, buffer.len) == 0;
}

static int contains(const uint8_t *data, size_t len, const char *text) {
    size_t n = strlen(text);
    for (size_t at = 0; at + n <= len; at++) {
        if (memcmp(data + at, text, n) == 0) {
            return 1;
        }
    }
    return 0;
}

static AwsMasker *in_process(void) {
    AwsMasker *masker = NULL;
    AwsMaskerError *error = NULL;
    CHECK(aws_masker_new(BYTES("{\"use_redis\":false}"), &masker, &error) == AWS_MASKER_STATUS_OK);
    CHECK(masker != NULL && error == NULL);
    return masker;
}

static void version(void) {
    CHECK(aws_masker_abi_version() == AWS_MASKER_ABI_VERSION);
    CHECK(strchr(aws_masker_version(), '.') != NULL);
}

static int counts(AwsMaskerReport report, size_t place, const char *prefix, uint64_t masked, uint64_t path) {
    AwsMaskerCount count = report.counts[place];
    return count.prefix.len == strlen(prefix) && memcmp(count.prefix.data, prefix, count.prefix.len) == 0 &&
           count.masked == masked && count.path == path;
}

static void round_trip(const AwsMasker *masker) {
    AwsMaskerBuffer masked, mapping, restored;
    AwsMaskerReport report;
    AwsMaskerError *error = NULL;
    uint64_t count = 0;
    CHECK(aws_masker_mask(masker, BYTES("application/json"), BYTES("{\"id\":\"" INSTANCE "\"}"), &masked, &mapping,
                          &report, &error) == AWS_MASKER_STATUS_OK);
    CHECK(is(masked, "{\"id\":\"AWS_EC2_001\"}"));
    CHECK(report.len == 1 && counts(report, 0, "AWS_EC2", 1, 0));

    CHECK(aws_masker_unmask(masker, NULL, 0, mapping.data, mapping.len, BYTES("AWS_EC2_001 AWS_EC2_002"), &restored,
                            &count, &error) == AWS_MASKER_STATUS_OK);
    CHECK(is(restored, INSTANCE " AWS_EC2_002"));
    CHECK(count == 1);
    aws_masker_buffer_free(&restored);
    CHECK(restored.data == NULL && restored.len == 0);
    aws_masker_buffer_free(&restored);

    /* nothing to restore: the body stays the caller's */
    CHECK(aws_masker_unmask(masker, NULL, 0, mapping.data, mapping.len, BYTES("nothing"), &restored, NULL, NULL) ==
          AWS_MASKER_STATUS_OK);
    CHECK(restored.data == NULL);

    aws_masker_buffer_free(&masked);
    aws_masker_buffer_free(&mapping);
    aws_masker_report_free(&report);
    CHECK(report.counts == NULL && report.len == 0);
    aws_masker_report_free(&report);
    aws_masker_report_free(NULL);
}

static void clean_body(const AwsMasker *masker) {
    AwsMaskerBuffer masked, mapping;
    AwsMaskerReport report;
    CHECK(aws_masker_mask(masker, NULL, 0, BYTES("hello"), &masked, &mapping, &report, NULL) == AWS_MASKER_STATUS_OK);
    CHECK(report.counts == NULL && report.len == 0);
    /* emptied where the call fails */
    memset(&report, 0xff, sizeof report);
    CHECK(aws_masker_mask(masker, NULL, 7, BYTES("hello"), &masked, &mapping, &report, NULL) ==
          AWS_MASKER_STATUS_NULL_POINTER);
    CHECK(report.counts == NULL && report.len == 0 && report.store_us == 0);
    CHECK(aws_masker_mask(masker, NULL, 0, BYTES("hello"), &masked, &mapping, NULL, NULL) == AWS_MASKER_STATUS_OK);
    CHECK(masked.data == NULL && mapping.data == NULL);
    CHECK(aws_masker_mask(masker, NULL, 0, NULL, 0, &masked, &mapping, NULL, NULL) == AWS_MASKER_STATUS_OK);
    CHECK(masked.data == NULL);
}

static void consumers(void) {
    AwsMasker *masker = NULL;
    AwsMaskerBuffer masked, mapping;
    CHECK(aws_masker_new(BYTES("{\"use_redis\":false,\"mapping_scope\":\"consumer\"}"), &masker, NULL) ==
          AWS_MASKER_STATUS_OK);
    const char *bodies[] = {"i-0000000000000000a", "i-0000000000000000b"};
    for (size_t i = 0; i < 2; i++) {
        CHECK(aws_masker_mask_for(masker, BYTES(i ? "bob" : "alice"), NULL, 0, BYTES(bodies[i]), &masked, &mapping, NULL,
                                  NULL) == AWS_MASKER_STATUS_OK);
        CHECK(is(masked, "AWS_EC2_001"));
        aws_masker_buffer_free(&masked);
        aws_masker_buffer_free(&mapping);
    }
    CHECK(aws_masker_mask_for(masker, (const uint8_t *)"\xff", 1, NULL, 0, BYTES("x"), &masked, &mapping, NULL, NULL) ==
          AWS_MASKER_STATUS_INVALID_ARGUMENT);
    aws_masker_free(masker);
}

static AwsMaskerPart part(AwsMaskerPlace place, const char *text) {
    AwsMaskerPart part = {(uint32_t)place, NULL, 0, (const uint8_t *)text, strlen(text)};
    return part;
}

static void parts_of_a_request(const AwsMasker *masker) {
    AwsMaskerBuffer masked[4], mapping;
    AwsMaskerReport report;
    const AwsMaskerPart parts[4] = {
        part(AWS_MASKER_PLACE_BODY, "hello"),
        part(AWS_MASKER_PLACE_QUERY, "id=i%2D0abc1234def567890"),
        part(AWS_MASKER_PLACE_HEADER, INSTANCE),
        part(AWS_MASKER_PLACE_PATH, "/" INSTANCE "/vpc-0abc1234def567890"),
    };
    CHECK(aws_masker_mask_parts(masker, NULL, 0, parts, masked, 4, &mapping, &report, NULL) == AWS_MASKER_STATUS_OK);
    CHECK(masked[0].data == NULL && masked[3].data == NULL);
    CHECK(is(masked[1], "id=AWS_%45C2_001"));
    CHECK(is(masked[2], "AWS_EC2_001"));
    CHECK(report.len == 2 && counts(report, 0, "AWS_EC2", 2, 1) && counts(report, 1, "AWS_VPC", 0, 1));
    for (size_t i = 0; i < 4; i++) {
        aws_masker_buffer_free(&masked[i]);
    }
    aws_masker_buffer_free(&mapping);
    aws_masker_report_free(&report);
    CHECK(aws_masker_mask_parts(masker, NULL, 0, NULL, NULL, 0, &mapping, NULL, NULL) == AWS_MASKER_STATUS_OK);
    CHECK(mapping.data == NULL);
    CHECK(aws_masker_mask_parts(masker, NULL, 0, NULL, masked, 1, &mapping, NULL, NULL) == AWS_MASKER_STATUS_NULL_POINTER);
    CHECK(aws_masker_mask_parts(masker, NULL, 0, parts, NULL, 1, &mapping, NULL, NULL) == AWS_MASKER_STATUS_NULL_POINTER);
    AwsMaskerPart nowhere = parts[0];
    nowhere.place = 9;
    CHECK(aws_masker_mask_parts(masker, NULL, 0, &nowhere, masked, 1, &mapping, NULL, NULL) ==
          AWS_MASKER_STATUS_INVALID_ARGUMENT);
}

static void streaming(const AwsMasker *masker) {
    AwsMaskerBuffer masked, mapping, part;
    AwsMaskerUnmasker *unmasker = NULL;
    char answer[64] = "";
    const char *chunks[] = {"see AWS_E", "C2_0", "01", ", AWS_E"};
    CHECK(aws_masker_mask(masker, NULL, 0, BYTES(INSTANCE), &masked, &mapping, NULL, NULL) == AWS_MASKER_STATUS_OK);
    CHECK(aws_masker_unmasker_new(masker, BYTES("text/plain"), mapping.data, mapping.len, &unmasker, NULL) ==
          AWS_MASKER_STATUS_OK);
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        CHECK(aws_masker_unmasker_push(unmasker, BYTES(chunks[i]), &part, NULL) == AWS_MASKER_STATUS_OK);
        strncat(answer, (const char *)(part.data ? part.data : (const uint8_t *)""), part.len);
        aws_masker_buffer_free(&part);
    }
    CHECK(strcmp(answer, "see " INSTANCE ", ") == 0);
    CHECK(aws_masker_unmasker_finish(unmasker, &part, NULL) == AWS_MASKER_STATUS_OK);
    CHECK(is(part, "AWS_E"));
    CHECK(aws_masker_unmasker_count(unmasker) == 1);
    aws_masker_buffer_free(&part);
    aws_masker_unmasker_free(unmasker);
    aws_masker_buffer_free(&masked);
    aws_masker_buffer_free(&mapping);
}

static void reports(const AwsMasker *masker) {
    AwsMaskerBuffer text;
    CHECK(aws_masker_health(masker, &text, NULL) == AWS_MASKER_STATUS_OK);
    CHECK(is(text, "{\"reachable\":true}"));
    aws_masker_buffer_free(&text);
    CHECK(aws_masker_metrics(masker, &text, NULL) == AWS_MASKER_STATUS_OK);
    CHECK(contains(text.data, text.len, "aws_masker_masked_total{kind=\"AWS_EC2\"}"));
    CHECK(!contains(text.data, text.len, INSTANCE));
    aws_masker_buffer_free(&text);
}

static void refusals(void) {
    AwsMasker *masker = NULL;
    AwsMaskerError *error = NULL;
    AwsMaskerBuffer masked, mapping;
    CHECK(aws_masker_new(BYTES("{\"redis_type\":\"magic\"}"), &masker, &error) == AWS_MASKER_STATUS_CONFIG_INVALID);
    CHECK(masker == NULL);
    CHECK(aws_masker_error_status(error) == AWS_MASKER_STATUS_CONFIG_INVALID);
    CHECK(aws_masker_error_http_status(error) == 500);
    AwsMaskerSlice body = aws_masker_error_body(error);
    CHECK(contains(body.data, body.len, "\"error\":\"AWS_MASKER_4001\""));
    AwsMaskerSlice details = aws_masker_error_details(error);
    CHECK(contains(details.data, details.len, "redis_type"));
    aws_masker_error_free(error);

    CHECK(aws_masker_new(BYTES("{\"redis_user\":\"app\"}"), &masker, NULL) == AWS_MASKER_STATUS_CONFIG_MISSING);

    /* a store that is not there: refused with identifiers, passed without */
    CHECK(aws_masker_new(BYTES("{\"redis_host\":\"127.0.0.1\",\"redis_port\":1}"), &masker, NULL) == AWS_MASKER_STATUS_OK);
    error = NULL;
    CHECK(aws_masker_mask(masker, NULL, 0, BYTES(INSTANCE), &masked, &mapping, NULL, &error) ==
          AWS_MASKER_STATUS_STORE_UNAVAILABLE);
    CHECK(masked.data == NULL && mapping.data == NULL);
    CHECK(aws_masker_error_http_status(error) == 503);
    body = aws_masker_error_body(error);
    CHECK(contains(body.data, body.len, "AWS_MASKER_1001") && !contains(body.data, body.len, INSTANCE));
    aws_masker_error_free(error);
    CHECK(aws_masker_mask(masker, NULL, 0, BYTES("hello"), &masked, &mapping, NULL, NULL) == AWS_MASKER_STATUS_OK);
    CHECK(aws_masker_health(masker, &masked, NULL) == AWS_MASKER_STATUS_OK);
    CHECK(contains(masked.data, masked.len, "\"reachable\":false"));
    aws_masker_buffer_free(&masked);
    aws_masker_free(masker);
}

static void misuse(const AwsMasker *masker) {
    AwsMaskerBuffer a, b;
    AwsMasker *none = NULL;
    AwsMaskerUnmasker *unmasker = NULL;
    AwsMaskerError *error = NULL;
    const AwsMaskerStatus null_pointer = AWS_MASKER_STATUS_NULL_POINTER;
    CHECK(aws_masker_new(NULL, 1, &none, NULL) == null_pointer);
    CHECK(aws_masker_new(BYTES("{}"), NULL, NULL) == null_pointer);
    CHECK(aws_masker_mask(NULL, NULL, 0, NULL, 0, &a, &b, NULL, &error) == null_pointer);
    CHECK(aws_masker_error_status(error) == null_pointer);
    aws_masker_error_free(error);
    CHECK(aws_masker_mask(masker, NULL, 0, NULL, 1, &a, &b, NULL, NULL) == null_pointer);
    CHECK(aws_masker_mask(masker, NULL, 0, NULL, 0, NULL, &b, NULL, NULL) == null_pointer);
    CHECK(aws_masker_mask(masker, NULL, 0, NULL, 0, &a, NULL, NULL, NULL) == null_pointer);
    CHECK(aws_masker_mask(masker, BYTES("\xff"), NULL, 0, &a, &b, NULL, NULL) == AWS_MASKER_STATUS_INVALID_ARGUMENT);
    CHECK(aws_masker_mask(masker, NULL, 0, (const uint8_t *)"", SIZE_MAX, &a, &b, NULL, NULL) ==
          AWS_MASKER_STATUS_INVALID_ARGUMENT);
    CHECK(aws_masker_unmask(NULL, NULL, 0, NULL, 0, NULL, 0, &a, NULL, NULL) == null_pointer);
    CHECK(aws_masker_unmask(masker, NULL, 0, NULL, 0, NULL, 0, NULL, NULL, NULL) == null_pointer);
    CHECK(aws_masker_unmask(masker, NULL, 0, BYTES("no mapping"), NULL, 0, &a, NULL, NULL) ==
          AWS_MASKER_STATUS_UNMASKING_FAILED);
    CHECK(aws_masker_unmasker_new(NULL, NULL, 0, NULL, 0, &unmasker, NULL) == null_pointer);
    CHECK(aws_masker_unmasker_new(masker, NULL, 0, NULL, 0, NULL, NULL) == null_pointer);
    CHECK(aws_masker_unmasker_push(NULL, NULL, 0, &a, NULL) == null_pointer);
    CHECK(aws_masker_unmasker_finish(NULL, &a, NULL) == null_pointer);
    CHECK(aws_masker_unmasker_count(NULL) == 0);
    CHECK(aws_masker_health(NULL, &a, NULL) == null_pointer);
    CHECK(aws_masker_health(masker, NULL, NULL) == null_pointer);
    CHECK(aws_masker_metrics(NULL, &a, NULL) == null_pointer);
    CHECK(aws_masker_error_status(NULL) == null_pointer);
    CHECK(aws_masker_error_http_status(NULL) == 500);
    CHECK(aws_masker_error_body(NULL).data == NULL);
    CHECK(aws_masker_error_details(NULL).len == 0);
    aws_masker_free(NULL);
    aws_masker_unmasker_free(NULL);
    aws_masker_error_free(NULL);
    aws_masker_buffer_free(NULL);
}

static void *one_thread(void *masker) {
    for (int i = 0; i < 50; i++) {
        round_trip(masker);
    }
    return NULL;
}

static void many_threads(AwsMasker *masker) {
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        CHECK(pthread_create(&threads[i], NULL, one_thread, masker) == 0);
    }
    for (size_t i = 0; i < 4; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

int main(void) {
    AwsMasker *masker = in_process();
    version();
    round_trip(masker);
    clean_body(masker);
    consumers();
    parts_of_a_request(masker);
    streaming(masker);
    reports(masker);
    refusals();
    misuse(masker);
    many_threads(masker);
    aws_masker_free(masker);
    printf("C ABI: %d checks passed\n", checks);
    return 0;
}

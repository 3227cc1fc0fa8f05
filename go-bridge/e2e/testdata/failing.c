/* A library of the right interface whose unmasker fails at the second chunk, as at a bug of its own. */
#include "aws_masker.h"

#include <stdlib.h>
#include <string.h>

static AwsMaskerSlice text(const char *of) {
    AwsMaskerSlice slice = {(const uint8_t *)of, strlen(of)};
    return slice;
}

uint32_t aws_masker_abi_version(void) { return AWS_MASKER_ABI_VERSION; }
const char *aws_masker_version(void) { return "1.0.0"; }
void aws_masker_buffer_free(struct AwsMaskerBuffer *buffer) { free(buffer->data); }
uint16_t aws_masker_error_http_status(const struct AwsMaskerError *error) { return error ? 500 : 0; }
struct AwsMaskerSlice aws_masker_error_body(const struct AwsMaskerError *error) { return text(error ? "{}" : ""); }
struct AwsMaskerSlice aws_masker_error_details(const struct AwsMaskerError *error) { return text(error ? "A bug." : ""); }
void aws_masker_error_free(struct AwsMaskerError *error) { free(error); }
void aws_masker_free(struct AwsMasker *masker) { free(masker); }
void aws_masker_unmasker_free(struct AwsMaskerUnmasker *unmasker) { free(unmasker); }
uint64_t aws_masker_unmasker_count(const struct AwsMaskerUnmasker *unmasker) { return unmasker ? 1 : 0; }

AwsMaskerStatus aws_masker_new(const uint8_t *config, size_t config_len, struct AwsMasker **masker,
                               struct AwsMaskerError **error) {
    (void)config, (void)config_len, (void)error;
    *masker = malloc(1);
    return AWS_MASKER_STATUS_OK;
}

AwsMaskerStatus aws_masker_unmasker_new(const struct AwsMasker *masker, const uint8_t *content_type,
                                        size_t content_type_len, const uint8_t *mapping, size_t mapping_len,
                                        struct AwsMaskerUnmasker **unmasker, struct AwsMaskerError **error) {
    (void)masker, (void)content_type, (void)content_type_len, (void)mapping, (void)mapping_len, (void)error;
    *unmasker = calloc(1, sizeof(int));
    return AWS_MASKER_STATUS_OK;
}

AwsMaskerStatus aws_masker_unmasker_push(struct AwsMaskerUnmasker *unmasker, const uint8_t *chunk, size_t chunk_len,
                                         struct AwsMaskerBuffer *restored, struct AwsMaskerError **error) {
    int *calls = (int *)unmasker;
    if (++*calls > 1) {
        *error = malloc(1);
        return AWS_MASKER_STATUS_PANIC;
    }
    restored->data = malloc(chunk_len);
    restored->len = chunk_len;
    memcpy(restored->data, chunk, chunk_len);
    return AWS_MASKER_STATUS_OK;
}

AwsMaskerStatus aws_masker_unmasker_finish(struct AwsMaskerUnmasker *unmasker, struct AwsMaskerBuffer *restored,
                                           struct AwsMaskerError **error) {
    *error = malloc(1);
    restored->data = NULL;
    return unmasker ? AWS_MASKER_STATUS_PANIC : AWS_MASKER_STATUS_OK;
}

/*
 * aws-masker: gives every AWS identifier in a text a stable token and restores it in the answer.
 *
 * Generated from src/ffi by `make header`; a test compares it with the source.
 *
 * - Every call returns a status and, if it failed, writes an owned error to `error` (which may be NULL). Other
 *   out-parameters are written on success only; buffers and reports are emptied first.
 * - Slices come in as pointer and length, never NUL-terminated, and are read during the call only. NULL with length 0
 *   is the empty slice.
 * - What comes out is owned by the caller and freed with its own _free function, which takes NULL.
 * - No panic crosses this border, no signal handler is installed, nothing is written to stdout.
 */

#ifndef AWS_MASKER_H
#define AWS_MASKER_H

#include <stddef.h>
#include <stdint.h>


// The version of this interface. It changes when a program compiled against an older header could misbehave.
#define AWS_MASKER_ABI_VERSION 2

// What a call came to. Numbers from 1001 on are those of the `AWS_MASKER_nnnn` error bodies; 4 to 999 are reserved.
enum AwsMaskerStatus
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // Done.
  AWS_MASKER_STATUS_OK = 0,
  // A pointer that must not be NULL was.
  AWS_MASKER_STATUS_NULL_POINTER = 1,
  // The library has a bug; the call was stopped, the handle stays usable.
  AWS_MASKER_STATUS_PANIC = 2,
  // An argument cannot be what the function needs.
  AWS_MASKER_STATUS_INVALID_ARGUMENT = 3,
  // The store cannot be reached while the request holds identifiers. HTTP 503.
  AWS_MASKER_STATUS_STORE_UNAVAILABLE = 1001,
  // The store refused the credentials. HTTP 503.
  AWS_MASKER_STATUS_STORE_CREDENTIALS = 1002,
  // A store command failed. HTTP 503.
  AWS_MASKER_STATUS_STORE_COMMAND = 1003,
  // Masking failed. HTTP 503.
  AWS_MASKER_STATUS_MASKING_FAILED = 2001,
  // The masked body could not be prepared. HTTP 503.
  AWS_MASKER_STATUS_BODY_NOT_PREPARED = 2003,
  // Unmasking failed. HTTP 500.
  AWS_MASKER_STATUS_UNMASKING_FAILED = 3001,
  // A configuration field has an impossible value. HTTP 500.
  AWS_MASKER_STATUS_CONFIG_INVALID = 4001,
  // A configuration field is missing. HTTP 500.
  AWS_MASKER_STATUS_CONFIG_MISSING = 4002,
  // The body cannot be inspected. HTTP 403.
  AWS_MASKER_STATUS_BODY_UNINSPECTABLE = 5001,
  // Identifiers are left in a body that must not be rewritten. HTTP 503.
  AWS_MASKER_STATUS_IDENTIFIERS_LEFT = 5002,
  // JSON could not be produced. HTTP 500.
  AWS_MASKER_STATUS_JSON = 6002,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum AwsMaskerStatus AwsMaskerStatus;
#else
typedef uint32_t AwsMaskerStatus;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Where in a request a part of it stands.
enum AwsMaskerPlace
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // The body.
  AWS_MASKER_PLACE_BODY = 0,
  // The query string, without its question mark.
  AWS_MASKER_PLACE_QUERY = 1,
  // A header's value.
  AWS_MASKER_PLACE_HEADER = 2,
  // The path. It is never rewritten; the report counts what is in it.
  AWS_MASKER_PLACE_PATH = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum AwsMaskerPlace AwsMaskerPlace;
#else
typedef uint32_t AwsMaskerPlace;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// A masker: one configuration, its store, its counters. Thread-safe: any number of threads may use one at once.
// Free it with `aws_masker_free` when no call is running and no unmasker of it is left to make.
typedef struct AwsMasker AwsMasker;

// Why a call failed. Owned by the caller; free it with `aws_masker_error_free`. Immutable, so any thread may read it.
typedef struct AwsMaskerError AwsMaskerError;

// Restores one response that arrives in chunks. One thread at a time; independent of its masker once made, so it may
// outlive it. Free it with `aws_masker_unmasker_free`.
typedef struct AwsMaskerUnmasker AwsMaskerUnmasker;

// Bytes owned by the caller, written by the library. Free it with `aws_masker_buffer_free`.
//
// `data` is NULL where a function documents "nothing"; otherwise `len` bytes may be read, without a NUL behind them.
typedef struct AwsMaskerBuffer {
  // The bytes.
  uint8_t *data;
  // How many.
  size_t len;
  // The allocation's size; the library's own.
  size_t capacity;
} AwsMaskerBuffer;

// Bytes borrowed from the object they were asked of; they live as long as it does.
typedef struct AwsMaskerSlice {
  // The bytes; NULL if there are none.
  const uint8_t *data;
  // How many.
  size_t len;
} AwsMaskerSlice;

// How many identifiers of one kind there were.
typedef struct AwsMaskerCount {
  // What the kind's tokens begin with, `AWS_EC2`: UTF-8, the library's own, valid for as long as it is loaded.
  struct AwsMaskerSlice prefix;
  // How many were replaced. Redacted credentials are among them.
  uint64_t masked;
  // How many are in the path, where they stay.
  uint64_t path;
} AwsMaskerCount;

// What masking did, for logs, without originals. Free it with `aws_masker_report_free`.
typedef struct AwsMaskerReport {
  // Microseconds spent waiting for the store.
  uint64_t store_us;
  // Microseconds spent on everything else.
  uint64_t engine_us;
  // A count for each kind that was found; NULL if there is none.
  struct AwsMaskerCount *counts;
  // How many counts.
  size_t len;
  // The allocation's size; the library's own.
  size_t capacity;
} AwsMaskerReport;

// A part of a request.
typedef struct AwsMaskerPart {
  // An `AwsMaskerPlace`.
  uint32_t place;
  // Of a body its content type, UTF-8; NULL with length 0 if unknown. Of other parts without meaning.
  const uint8_t *content_type;
  // Its length.
  size_t content_type_len;
  // The bytes.
  const uint8_t *data;
  // How many.
  size_t len;
} AwsMaskerPart;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The interface's version that the library was built with; compare it with `AWS_MASKER_ABI_VERSION`. Never fails.
uint32_t aws_masker_abi_version(void);

// The library's version, `x.y.z`: static, NUL-terminated, never freed.
const char *aws_masker_version(void);

// Frees what a buffer holds and empties it. NULL and an empty buffer are allowed; so is freeing twice.
//
// # Safety
// `buffer` is NULL or a buffer that the library filled or emptied, and no other thread uses it.
void aws_masker_buffer_free(struct AwsMaskerBuffer *buffer);

// The status of the failed call. `AWS_MASKER_STATUS_NULL_POINTER` for a NULL error.
//
// # Safety
// `error` is NULL or an error of this library that was not freed.
AwsMaskerStatus aws_masker_error_status(const struct AwsMaskerError *error);

// The HTTP status for the client of the refused request: 403, 500 or 503. 500 for a NULL error.
//
// # Safety
// As `aws_masker_error_status`.
uint16_t aws_masker_error_http_status(const struct AwsMaskerError *error);

// The complete JSON body for the client. Lives as long as the error. Never holds an original value.
//
// # Safety
// As `aws_masker_error_status`.
struct AwsMaskerSlice aws_masker_error_body(const struct AwsMaskerError *error);

// One sentence for a log line. Lives as long as the error. Never holds an original value.
//
// # Safety
// As `aws_masker_error_status`.
struct AwsMaskerSlice aws_masker_error_details(const struct AwsMaskerError *error);

// Frees an error. NULL is allowed.
//
// # Safety
// `error` is NULL or an error of this library that was not freed; it is gone afterwards.
void aws_masker_error_free(struct AwsMaskerError *error);

// Makes a masker from a plugin configuration: Kong's `config` block as UTF-8 JSON.
//
// Opens no connection. On success `*masker` is owned by the caller.
// Errors: `CONFIG_INVALID`, `CONFIG_MISSING`; the details name the field.
//
// # Safety
// `config` is readable for `config_len` bytes; `masker` is NULL or writable; `error` is NULL or writable.
AwsMaskerStatus aws_masker_new(const uint8_t *config,
                               size_t config_len,
                               struct AwsMasker **masker,
                               struct AwsMaskerError **error);

// Frees a masker and closes its connections. NULL is allowed.
//
// # Safety
// `masker` is NULL or came from `aws_masker_new`, was not freed, and no other call on it is running.
void aws_masker_free(struct AwsMasker *masker);

// Replaces every identifier in a request's body by its token: `aws_masker_mask_for` for a request without a consumer.
//
// # Safety
// As `aws_masker_mask_for`.
AwsMaskerStatus aws_masker_mask(const struct AwsMasker *masker,
                                const uint8_t *content_type,
                                size_t content_type_len,
                                const uint8_t *body,
                                size_t body_len,
                                struct AwsMaskerBuffer *masked,
                                struct AwsMaskerBuffer *mapping,
                                struct AwsMaskerReport *report,
                                struct AwsMaskerError **error);

// Replaces every identifier in the body of a consumer's request by its token.
//
// - `consumer`: the consumer's id, UTF-8; NULL with length 0 if the request has none. It counts where the configuration
//   keeps mappings per consumer.
// - `content_type`: the request's header, UTF-8; NULL with length 0 if unknown.
// - `body`: any bytes. JSON is read as JSON, all else as text.
// - `masked`: the body to send. `data` is NULL if nothing was found: send the body as it is.
// - `mapping`: what the response is restored from, UTF-8 JSON, opaque; `data` is NULL if nothing was found. It holds the
//   originals: keep it out of logs.
// - `report`: what was done, for logs, without originals. May be NULL.
//
// Errors: `STORE_UNAVAILABLE`, `STORE_CREDENTIALS`, `STORE_COMMAND`, `BODY_NOT_PREPARED`, `BODY_UNINSPECTABLE` if the body
// cannot be looked through or holds credentials that the configuration blocks, and `IDENTIFIERS_LEFT` if identifiers are in
// bytes that must not be rewritten. The body must not be sent then.
// Blocks for as long as the configured store timeouts allow.
//
// # Safety
// `masker` is NULL or live; slices are readable for their lengths; out-parameters are NULL or writable.
AwsMaskerStatus aws_masker_mask_for(const struct AwsMasker *masker,
                                    const uint8_t *consumer,
                                    size_t consumer_len,
                                    const uint8_t *content_type,
                                    size_t content_type_len,
                                    const uint8_t *body,
                                    size_t body_len,
                                    struct AwsMaskerBuffer *masked,
                                    struct AwsMaskerBuffer *mapping,
                                    struct AwsMaskerReport *report,
                                    struct AwsMaskerError **error);

// Replaces every identifier in the parts of one request, with one question to the store for all of them.
//
// - `consumer`: as in `aws_masker_mask_for`.
// - `parts`: `count` of them.
// - `masked`: `count` buffers, one for each part: what to send instead. `data` is NULL where nothing changes.
// - `mapping`, `report`: as in `aws_masker_mask_for`, for all parts together.
//
// Errors: as `aws_masker_mask_for`, and `IDENTIFIERS_LEFT` if identifiers are in bytes that must not be rewritten. The
// request must not be sent then.
//
// # Safety
// As `aws_masker_mask_for`; `parts` is readable and `masked` writable for `count` elements.
AwsMaskerStatus aws_masker_mask_parts(const struct AwsMasker *masker,
                                      const uint8_t *consumer,
                                      size_t consumer_len,
                                      const struct AwsMaskerPart *parts,
                                      struct AwsMaskerBuffer *masked,
                                      size_t count,
                                      struct AwsMaskerBuffer *mapping,
                                      struct AwsMaskerReport *report,
                                      struct AwsMaskerError **error);

// Restores a whole response from the mapping of its request.
//
// - `mapping`: what `aws_masker_mask` wrote. NULL with length 0 restores nothing.
// - `restored`: the body for the client. `data` is NULL if no token was in it: leave the body as it is.
// - `count`: how many tokens were replaced. May be NULL.
//
// Errors: `UNMASKING_FAILED` for a mapping this library did not write. No store is asked.
//
// # Safety
// As `aws_masker_mask`.
AwsMaskerStatus aws_masker_unmask(const struct AwsMasker *masker,
                                  const uint8_t *content_type,
                                  size_t content_type_len,
                                  const uint8_t *mapping,
                                  size_t mapping_len,
                                  const uint8_t *body,
                                  size_t body_len,
                                  struct AwsMaskerBuffer *restored,
                                  uint64_t *count,
                                  struct AwsMaskerError **error);

// Whether the store answers, as UTF-8 JSON: `{"reachable":true}`, or
// `{"reachable":false,"error":"AWS_MASKER_1001","details":"…"}`. The call itself succeeds in both cases.
//
// # Safety
// As `aws_masker_mask`.
AwsMaskerStatus aws_masker_health(const struct AwsMasker *masker,
                                  struct AwsMaskerBuffer *json,
                                  struct AwsMaskerError **error);

// The masker's counters and histograms in Prometheus' text format. Labels hold kinds and codes, never a value.
//
// # Safety
// As `aws_masker_mask`.
AwsMaskerStatus aws_masker_metrics(const struct AwsMasker *masker,
                                   struct AwsMaskerBuffer *text,
                                   struct AwsMaskerError **error);

// Frees what a report holds and empties it. NULL and an empty report are allowed; so is freeing twice.
//
// # Safety
// `report` is NULL or a report that the library filled or emptied, and no other thread uses it.
void aws_masker_report_free(struct AwsMaskerReport *report);

// Makes an unmasker for one response. On success `*unmasker` is owned by the caller.
//
// - `content_type`: the response's header, UTF-8; NULL with length 0 if unknown.
// - `mapping`: what `aws_masker_mask` wrote for the request.
//
// Errors: `UNMASKING_FAILED` for a mapping this library did not write.
//
// # Safety
// `masker` is NULL or live; slices are readable for their lengths; out-parameters are NULL or writable.
AwsMaskerStatus aws_masker_unmasker_new(const struct AwsMasker *masker,
                                        const uint8_t *content_type,
                                        size_t content_type_len,
                                        const uint8_t *mapping,
                                        size_t mapping_len,
                                        struct AwsMaskerUnmasker **unmasker,
                                        struct AwsMaskerError **error);

// Takes the next chunk, cut anywhere, and gives what is certain by now.
//
// - `restored`: bytes for the client; `data` is NULL if there is nothing to give yet.
//
// # Safety
// As `aws_masker_unmasker_new`.
AwsMaskerStatus aws_masker_unmasker_push(struct AwsMaskerUnmasker *unmasker,
                                         const uint8_t *chunk,
                                         size_t chunk_len,
                                         struct AwsMaskerBuffer *restored,
                                         struct AwsMaskerError **error);

// Gives what is still held: the response is over. The unmasker is then empty and still has to be freed.
//
// # Safety
// As `aws_masker_unmasker_new`.
AwsMaskerStatus aws_masker_unmasker_finish(struct AwsMaskerUnmasker *unmasker,
                                           struct AwsMaskerBuffer *restored,
                                           struct AwsMaskerError **error);

// How many tokens were replaced so far. 0 for NULL.
//
// # Safety
// `unmasker` is NULL or live, and no other call on it is running.
uint64_t aws_masker_unmasker_count(const struct AwsMaskerUnmasker *unmasker);

// Frees an unmasker. NULL is allowed.
//
// # Safety
// `unmasker` is NULL or came from `aws_masker_unmasker_new`, was not freed, and no other call on it is running.
void aws_masker_unmasker_free(struct AwsMaskerUnmasker *unmasker);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* AWS_MASKER_H */

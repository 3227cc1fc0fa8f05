--- libaws_masker for LuaJIT: the C interface (include/aws_masker.h) as Lua functions. It knows nothing of Kong.
--
-- Loading it loads the library, and fails with one line if that is missing or has another interface. Only `mask` may
-- wait, for the store of a masker that has one; everything else is computation. Handles free themselves when they are
-- collected; `free` does it at once.
--
-- A function that fails returns nil and an error: `status` and `body` are the answer for an HTTP client, `details` is one
-- sentence for a log line. None holds an original value.

local ffi = require "ffi"

-- The interface this file was written for, and by the library's naming the file to load.
local ABI_VERSION = 2
local SONAME = "libaws_masker.so." .. ABI_VERSION

-- The header's declarations, word by word; a test compares them.
ffi.cdef [[
typedef uint32_t AwsMaskerStatus;
typedef struct AwsMasker AwsMasker;
typedef struct AwsMaskerError AwsMaskerError;
typedef struct AwsMaskerUnmasker AwsMaskerUnmasker;
typedef struct AwsMaskerBuffer {
  uint8_t *data;
  size_t len;
  size_t capacity;
} AwsMaskerBuffer;
typedef struct AwsMaskerSlice {
  const uint8_t *data;
  size_t len;
} AwsMaskerSlice;
typedef struct AwsMaskerCount {
  struct AwsMaskerSlice prefix;
  uint64_t masked;
  uint64_t path;
} AwsMaskerCount;
typedef struct AwsMaskerReport {
  uint64_t store_us;
  uint64_t engine_us;
  struct AwsMaskerCount *counts;
  size_t len;
  size_t capacity;
} AwsMaskerReport;
uint32_t aws_masker_abi_version(void);
const char *aws_masker_version(void);
void aws_masker_buffer_free(struct AwsMaskerBuffer *buffer);
uint16_t aws_masker_error_http_status(const struct AwsMaskerError *error);
struct AwsMaskerSlice aws_masker_error_body(const struct AwsMaskerError *error);
struct AwsMaskerSlice aws_masker_error_details(const struct AwsMaskerError *error);
void aws_masker_error_free(struct AwsMaskerError *error);
AwsMaskerStatus aws_masker_new(const uint8_t *config,
                               size_t config_len,
                               struct AwsMasker **masker,
                               struct AwsMaskerError **error);
void aws_masker_free(struct AwsMasker *masker);
AwsMaskerStatus aws_masker_mask(const struct AwsMasker *masker,
                                const uint8_t *content_type,
                                size_t content_type_len,
                                const uint8_t *body,
                                size_t body_len,
                                struct AwsMaskerBuffer *masked,
                                struct AwsMaskerBuffer *mapping,
                                struct AwsMaskerReport *report,
                                struct AwsMaskerError **error);
AwsMaskerStatus aws_masker_unmasker_new(const struct AwsMasker *masker,
                                        const uint8_t *content_type,
                                        size_t content_type_len,
                                        const uint8_t *mapping,
                                        size_t mapping_len,
                                        struct AwsMaskerUnmasker **unmasker,
                                        struct AwsMaskerError **error);
AwsMaskerStatus aws_masker_unmasker_push(struct AwsMaskerUnmasker *unmasker,
                                         const uint8_t *chunk,
                                         size_t chunk_len,
                                         struct AwsMaskerBuffer *restored,
                                         struct AwsMaskerError **error);
AwsMaskerStatus aws_masker_unmasker_finish(struct AwsMaskerUnmasker *unmasker,
                                           struct AwsMaskerBuffer *restored,
                                           struct AwsMaskerError **error);
uint64_t aws_masker_unmasker_count(const struct AwsMaskerUnmasker *unmasker);
void aws_masker_unmasker_free(struct AwsMaskerUnmasker *unmasker);
]]

--- Loads the library. A failure is one line, without a position in this file and without a stack: it is the operator's.
local function load()
  local loaded, lib = pcall(ffi.load, SONAME)
  if not loaded then
    local reason = tostring(lib):gsub("%s+", " ")
    error("aws-masker: " .. SONAME .. " cannot be loaded; run `make install` and ldconfig (" .. reason .. ")", 0)
  end
  local complete, version = pcall(function() return lib.aws_masker_abi_version() end)
  if not complete or version ~= ABI_VERSION then
    error("aws-masker: " .. SONAME .. " has interface " .. (complete and tonumber(version) or "none") ..
      " where " .. ABI_VERSION .. " is needed; install the library and the Lua files of one release", 0)
  end
  return lib
end

local lib = load()

-- Out-parameters, made once. No function yields between a call and reading its results, so requests cannot mix them.
local buffer = ffi.new "AwsMaskerBuffer[1]"
local mapping_buffer = ffi.new "AwsMaskerBuffer[1]"
local failure = ffi.new "AwsMaskerError *[1]"
local masker_out = ffi.new "AwsMasker *[1]"
local unmasker_out = ffi.new "AwsMaskerUnmasker *[1]"

--- The bytes of a buffer, which is freed. nil if the library gave none.
local function take(filled)
  local one = filled[0]
  if one.data == nil then
    return nil
  end
  local text = ffi.string(one.data, one.len)
  lib.aws_masker_buffer_free(filled)
  return text
end

local function copy(slice)
  return slice.data ~= nil and ffi.string(slice.data, slice.len) or ""
end

--- The error of the call that has just failed, which is freed.
local function take_error()
  local object = failure[0]
  local err = {
    status = lib.aws_masker_error_http_status(object),
    body = copy(lib.aws_masker_error_body(object)),
    details = copy(lib.aws_masker_error_details(object)),
  }
  lib.aws_masker_error_free(object)
  failure[0] = nil
  return err
end

local Unmasker = {}
Unmasker.__index = Unmasker

--- Takes the next chunk, cut anywhere, and returns what is certain by now: possibly "".
function Unmasker:push(chunk)
  if lib.aws_masker_unmasker_push(self.handle, chunk, #chunk, buffer, failure) ~= 0 then
    return nil, take_error()
  end
  return take(buffer) or ""
end

--- Returns what is still held: the response is over.
function Unmasker:finish()
  if lib.aws_masker_unmasker_finish(self.handle, buffer, failure) ~= 0 then
    return nil, take_error()
  end
  return take(buffer) or ""
end

--- How many tokens were replaced so far.
function Unmasker:count()
  return tonumber(lib.aws_masker_unmasker_count(self.handle))
end

--- Frees it; it must not be used afterwards. More than once is allowed.
function Unmasker:free()
  local handle = self.handle
  self.handle = nil
  if handle ~= nil then
    lib.aws_masker_unmasker_free(ffi.gc(handle, nil))
  end
end

local Masker = {}
Masker.__index = Masker

--- Replaces every identifier in a request's body. Returns the body to send and what the response is restored from; the
-- body itself and nil if nothing was found; nil and an error if it must not be sent.
function Masker:mask(content_type, body)
  local status = lib.aws_masker_mask(self.handle, content_type, #content_type, body, #body, buffer, mapping_buffer, nil,
    failure)
  if status ~= 0 then
    return nil, take_error()
  end
  return take(buffer) or body, take(mapping_buffer)
end

--- Makes an unmasker for one response. `content_type` may be "", `mapping` is what `mask` returned for its request.
function Masker:unmasker(content_type, mapping)
  local status = lib.aws_masker_unmasker_new(self.handle, content_type, #content_type, mapping, #mapping, unmasker_out,
    failure)
  if status ~= 0 then
    return nil, take_error()
  end
  return setmetatable({ handle = ffi.gc(unmasker_out[0], lib.aws_masker_unmasker_free) }, Unmasker)
end

local library = {}

--- The library's version, "x.y.z".
function library.version()
  return ffi.string(lib.aws_masker_version())
end

--- Makes a masker from a configuration as JSON. Share it between requests; in nginx make it in the worker.
function library.masker(config)
  if lib.aws_masker_new(config, #config, masker_out, failure) ~= 0 then
    return nil, take_error()
  end
  return setmetatable({ handle = ffi.gc(masker_out[0], lib.aws_masker_free) }, Masker)
end

return library

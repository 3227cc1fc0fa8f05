/* A later release with another interface. */
#include "aws_masker.h"

uint32_t aws_masker_abi_version(void) { return AWS_MASKER_ABI_VERSION + 1; }

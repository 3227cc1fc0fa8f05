--- There is nothing to configure: how a response is restored comes with the request from the plugin aws-masker.

local typedefs = require "kong.db.schema.typedefs"

return {
  name = "aws-masker-stream",
  fields = {
    { protocols = typedefs.protocols_http },
    { config = { type = "record", fields = {} } },
  },
}

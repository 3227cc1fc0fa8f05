package = "aws-masker-stream"
version = "1.0.0-1"
description = {
  summary = "Restores what the Kong plugin aws-masker masked, while the response arrives",
  detailed = "Needs libaws_masker (make install) and a plugin server started with -streaming.",
  license = "Apache-2.0",
}
source = {
  url = "file://.",
}
dependencies = {
  "lua == 5.1", -- LuaJIT, for its FFI
}
build = {
  type = "builtin",
  modules = {
    ["kong.plugins.aws-masker-stream.handler"] = "handler.lua",
    ["kong.plugins.aws-masker-stream.library"] = "library.lua",
    ["kong.plugins.aws-masker-stream.schema"] = "schema.lua",
  },
}

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"aws-masker/go-bridge/plugin"
	"aws-masker/go-bridge/pluginserver"
)

// options are the flags, named as those of Kong's own plugin servers.
type options struct {
	flags     *flag.FlagSet
	dump      bool
	version   bool
	selftest  string
	streaming bool
	prefix    string
	socket    string
	access    pluginserver.Access
}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{flags: flag.NewFlagSet("aws-masker", flag.ContinueOnError)}
	o.flags.SetOutput(stderr)
	o.flags.Usage = func() {}
	o.flags.BoolVar(&o.dump, "dump", false, "print name, version, priority, phases and schema for Kong, and exit")
	o.flags.BoolVar(&o.version, "version", false, "print the version, and exit")
	o.flags.StringVar(&o.selftest, "selftest", "", "try the plugin's config block, JSON in a `file` or - for stdin, with a built-in request, and exit")
	o.flags.BoolVar(&o.streaming, "streaming", false, "leave responses to the Lua plugin aws-masker-stream; for both of Kong's commands, the server and -dump")
	o.flags.StringVar(&o.prefix, "kong-prefix", "/usr/local/kong", "Kong's prefix `directory`; the socket is aws-masker.socket in it")
	o.flags.StringVar(&o.socket, "socket", "", "`path` of the socket, instead of one in the prefix")
	o.flags.Func("socket-mode", "octal `mode` of the socket's file, for a Kong that runs as another user (default 0600)", func(text string) error {
		mode, err := strconv.ParseUint(text, 8, 9)
		if err != nil || mode == 0 {
			return errors.New("not an octal mode from 1 to 777")
		}
		o.access.Mode = os.FileMode(mode)
		return nil
	})
	o.flags.StringVar(&o.access.Group, "socket-group", "", "`group` of the socket's file, by name or number")
	if err := o.flags.Parse(args); err != nil {
		return o, err
	}
	if o.flags.NArg() > 0 {
		err := fmt.Errorf("unexpected argument: %s", o.flags.Arg(0))
		fmt.Fprintln(stderr, err)
		return o, err
	}
	return o, nil
}

func (o *options) usage(w io.Writer) {
	fmt.Fprintln(w, "usage: aws-masker [-kong-prefix directory | -socket path] [-streaming] [-socket-mode mode] [-socket-group group] [-dump | -selftest file | -version | -help]")
	o.flags.SetOutput(w)
	o.flags.PrintDefaults()
}

func (o *options) mode() plugin.Mode {
	if o.streaming {
		return plugin.Streaming
	}
	return plugin.Buffered
}

// path is the socket's path: where Kong looks for it by default, unless told otherwise.
func (o *options) path() string {
	if o.socket != "" {
		return o.socket
	}
	return filepath.Join(o.prefix, "aws-masker.socket")
}
